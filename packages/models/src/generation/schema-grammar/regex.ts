import { type CharacterSet, complement, everything, union } from "./characters.ts";

/** What a regular expression matches. */
export type Pattern =
  | { type: "set"; set: CharacterSet }
  | { type: "sequence"; parts: Pattern[] }
  | { type: "choice"; parts: Pattern[] }
  | { type: "repeat"; part: Pattern; min: number; max: number | undefined }
  | { type: "start" }
  | { type: "end" };

const digits: CharacterSet = [[0x30, 0x39]];
const words: CharacterSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const spaces: CharacterSet = union(
  [[9, 13]],
  [[0x20, 0x20]],
  [[0xa0, 0xa0]],
  [[0x1680, 0x1680]],
  [[0x2000, 0x200a]],
  [[0x2028, 0x2029]],
  [[0x202f, 0x202f]],
  [[0x205f, 0x205f]],
  [[0x3000, 0x3000]],
  [[0xfeff, 0xfeff]],
);
const lineEnds: CharacterSet = [
  [0xa, 0xa],
  [0xd, 0xd],
  [0x2028, 0x2029],
];
const classes: Record<string, CharacterSet> = {
  ...{ d: digits, D: complement(digits), w: words, W: complement(words), s: spaces, S: complement(spaces) },
};
const controls: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0 };

/** A longer repetition than this makes grammars that nobody waits for. */
const longestRepeat = 2000;

/**
 * Reads a regular expression as ECMAScript has it, without what looks around or back.
 *
 * @throws {Error} saying what it has that cannot be kept to.
 */
export function parseRegex(source: string): Pattern {
  const characters = [...source];
  let at = 0;
  const peek = () => characters[at];
  const eat = (text: string): boolean => {
    if (characters.slice(at, at + text.length).join("") !== text) return false;
    at += text.length;
    return true;
  };

  function choice(): Pattern {
    const parts = [sequence()];
    while (eat("|")) parts.push(sequence());
    return parts.length === 1 ? parts[0]! : { type: "choice", parts };
  }

  function sequence(): Pattern {
    const parts: Pattern[] = [];
    while (at < characters.length && peek() !== "|" && peek() !== ")") parts.push(quantified(atom()));
    return parts.length === 1 ? parts[0]! : { type: "sequence", parts };
  }

  function quantified(part: Pattern): Pattern {
    const range = quantifier();
    if (!range) return part;
    eat("?"); // reluctant ones match the same texts
    const [min, max] = range;
    if (min > longestRepeat) throw new Error(`it repeats ${min} times, more than ${longestRepeat}`);
    return quantified({ type: "repeat", part, min, max: max === undefined ? undefined : Math.min(max, longestRepeat) });
  }

  function quantifier(): [min: number, max: number | undefined] | undefined {
    if (eat("*")) return [0, undefined];
    if (eat("+")) return [1, undefined];
    if (eat("?")) return [0, 1];
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(characters.slice(at, at + 24).join(""));
    if (!braces) return undefined;
    at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === "" ? undefined : Number(braces[3]);
    if (max !== undefined && max < min) throw new Error(`${braces[0]} asks for more than it allows`);
    return [min, max];
  }

  function atom(): Pattern {
    if (eat("(")) return group();
    if (eat("[")) return { type: "set", set: bracket() };
    if (eat(".")) return { type: "set", set: complement(lineEnds) };
    if (eat("^")) return { type: "start" };
    if (eat("$")) return { type: "end" };
    if (eat("\\")) return { type: "set", set: escaped() };
    if (/[*+?)]/.test(peek()!)) throw new Error(`${JSON.stringify(peek())} at ${at} has nothing before it`);
    return { type: "set", set: single(characters[at++]!.codePointAt(0)!) };
  }

  function group(): Pattern {
    if (eat("?")) {
      if (!eat(":")) {
        const name = /^<([A-Za-z_$][\w$]*)>/.exec(characters.slice(at, at + 80).join(""));
        if (!name) throw new Error("it looks ahead or behind, which a grammar cannot");
        at += name[0].length;
      }
    }
    const inner = choice();
    if (!eat(")")) throw new Error("a group is not closed");
    return inner;
  }

  function escaped(): CharacterSet {
    const c = characters[at++];
    if (c === undefined) throw new Error("it ends with a backslash");
    if (classes[c]) return classes[c];
    if (c === "b" || c === "B") throw new Error("it has \\b, which a grammar cannot");
    if (/[1-9k]/.test(c)) throw new Error("it refers back, which a grammar cannot");
    if (c === "p" || c === "P") throw new Error("it has \\p, which is not supported: write the ranges");
    if (c in controls) return single(controls[c]!);
    if (c === "x" || c === "u") return single(hexadecimal(c));
    if (c === "c") return single(characters[at++]!.codePointAt(0)! % 32);
    return single(c.codePointAt(0)!);
  }

  function hexadecimal(kind: "x" | "u"): number {
    const rest = characters.slice(at, at + 8).join("");
    const found =
      kind === "x" ? /^([0-9a-fA-F]{2})/.exec(rest) : /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/.exec(rest);
    if (!found) throw new Error(`\\${kind} is not followed by hexadecimal digits`);
    at += found[0].length;
    return Number.parseInt(found[1] ?? found[2]!, 16);
  }

  function bracket(): CharacterSet {
    const negated = eat("^");
    const sets: CharacterSet[] = [];
    while (!eat("]")) {
      if (at >= characters.length) throw new Error("a class is not closed");
      const from = eat("\\") ? (eat("b") ? single(8) : escaped()) : single(characters[at++]!.codePointAt(0)!);
      const isRange = peek() === "-" && characters[at + 1] !== "]" && from.length === 1 && from[0]![0] === from[0]![1];
      if (!isRange) {
        sets.push(from);
        continue;
      }
      at++;
      const to = eat("\\") ? escaped() : single(characters[at++]!.codePointAt(0)!);
      if (to[0]![0] < from[0]![0]) throw new Error("a range of a class is the wrong way round");
      sets.push([[from[0]![0], to[0]![0]]]);
    }
    const set = union(...sets);
    return negated ? complement(set) : set;
  }

  const pattern = choice();
  if (at < characters.length) throw new Error(`${JSON.stringify(peek())} at ${at} closes nothing`);
  return pattern;
}

const single = (code: number): CharacterSet => [[code, code]];

/** A pattern as what the whole text is: where it is not anchored, anything may stand before and after. */
export function anchored(pattern: Pattern): Pattern {
  if (pattern.type === "choice") return { type: "choice", parts: pattern.parts.map(anchored) };
  const parts = pattern.type === "sequence" ? [...pattern.parts] : [pattern];
  const anything: Pattern = { type: "repeat", part: { type: "set", set: everything }, min: 0, max: undefined };
  if (parts[0]?.type === "start") parts.shift();
  else parts.unshift(anything);
  if (parts.at(-1)?.type === "end") parts.pop();
  else parts.push(anything);
  return parts.length === 1 ? parts[0]! : { type: "sequence", parts };
}

/** The shortest and the longest text that a pattern matches, in code points; undefined for no limit. */
export function lengths(pattern: Pattern): { min: number; max: number | undefined } {
  switch (pattern.type) {
    case "set":
      return { min: 1, max: 1 };
    case "sequence":
      return pattern.parts
        .map(lengths)
        .reduce((a, b) => ({ min: a.min + b.min, max: add(a.max, b.max) }), { min: 0, max: 0 });
    case "choice":
      return pattern.parts.map(lengths).reduce((a, b) => ({
        min: Math.min(a.min, b.min),
        max: a.max === undefined || b.max === undefined ? undefined : Math.max(a.max, b.max),
      }));
    case "repeat": {
      const { min, max } = lengths(pattern.part);
      return {
        min: min * pattern.min,
        max: max === undefined || pattern.max === undefined ? undefined : max * pattern.max,
      };
    }
    default:
      return { min: 0, max: 0 };
  }
}

const add = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;
