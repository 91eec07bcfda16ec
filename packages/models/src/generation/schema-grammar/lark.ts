import { literal, oneOf, type Rules, repeated } from "./ebnf.ts";
import { parseRegex } from "./regex.ts";
import { patternGrammar } from "./regex-grammar.ts";

/**
 * A grammar in Lark's notation, as text within a JSON string. Read are rules and terminals with alternatives, groups,
 * `[optional]`, `?`, `*`, `+`, `~n..m`, strings, regular expressions and comments; `%ignore` is left out, and `%import` knows
 * the terminals of `common` that have names below.
 *
 * @throws {Error} with the line that cannot be read.
 */
export function lark(definition: string, rules: Rules): string {
  const bodies = new Map<string, string>();
  for (const line of logicalLines(definition)) {
    const imported = /^%import\s+common\.(\w+)(?:\s*->\s*(\w+))?$/.exec(line);
    if (imported) {
      const regex = common[imported[1]!];
      if (!regex) throw new Error(`common.${imported[1]} is not known: ${Object.keys(common).join(", ")} are`);
      bodies.set(imported[2] ?? imported[1]!, `/${regex}/`);
    } else if (line.startsWith("%ignore")) continue;
    else {
      const rule = /^[?!]?([A-Za-z_]\w*)(?:\.\d+)?\s*:\s*([\s\S]*)$/.exec(line);
      if (!rule) throw new Error(`${JSON.stringify(line.slice(0, 60))} is no rule`);
      bodies.set(rule[1]!, rule[2]!);
    }
  }
  if (!bodies.has("start")) throw new Error("it has no rule `start`");
  const names = new Map([...bodies.keys()].map((name) => [name, rules.reserve()]));
  for (const [name, body] of bodies) rules.define(names.get(name)!, new LarkBody(body, names).read());
  return names.get("start")!;
}

const common: Record<string, string> = {
  ...{ DIGIT: "[0-9]", INT: "[0-9]+", SIGNED_INT: "[+-]?[0-9]+", LETTER: "[A-Za-z]", WORD: "[A-Za-z]+" },
  ...{ CNAME: "[A-Za-z_][A-Za-z0-9_]*", NUMBER: "[0-9]+(\\.[0-9]+)?", SIGNED_NUMBER: "[+-]?[0-9]+(\\.[0-9]+)?" },
  ...{
    ESCAPED_STRING: '"([^"\\\\\\n]|\\\\[^\\n])*"',
    WS: "[ \\t\\n\\r]+",
    WS_INLINE: "[ \\t]+",
    NEWLINE: "(\\r?\\n)+",
  },
  ...{ FLOAT: "[0-9]+\\.[0-9]+", LCASE_LETTER: "[a-z]", UCASE_LETTER: "[A-Z]", HEXDIGIT: "[0-9a-fA-F]" },
};

/** A rule goes on over lines that begin with white space or a bar. */
function logicalLines(definition: string): string[] {
  const lines: string[] = [];
  for (const raw of definition.split("\n")) {
    const line = raw.replace(/(^|\s)\/\/.*$/, "");
    if (line.trim() === "") continue;
    if (/^\s/.test(line) && lines.length > 0) lines[lines.length - 1] += ` ${line.trim()}`;
    else if (/^\|/.test(line) && lines.length > 0) lines[lines.length - 1] += ` ${line}`;
    else lines.push(line.trim());
  }
  return lines;
}

/** Reads what stands behind the colon of a rule. */
class LarkBody {
  readonly #text: string;
  readonly #names: ReadonlyMap<string, string>;
  #at = 0;

  constructor(text: string, names: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#names = names;
  }

  read(): string {
    const body = this.#choice();
    this.#skip();
    if (this.#at < this.#text.length) throw this.#error();
    return body;
  }

  #choice(): string {
    const parts = [this.#sequence()];
    while (this.#take(/^\|/)) parts.push(this.#sequence());
    return oneOf(parts);
  }

  #sequence(): string {
    const parts: string[] = [];
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length || /^[|)\]]/.test(this.#text.slice(this.#at))) break;
      if (this.#take(/^->\s*\w+/)) continue;
      parts.push(this.#repeated(this.#atom()));
    }
    return parts.length === 0 ? '""' : parts.length === 1 ? parts[0]! : `(${parts.join(" ")})`;
  }

  #repeated(part: string): string {
    const sign = this.#take(/^[?*+](?!\w*:)/);
    if (sign) return repeated(`(${part})`, sign[0] === "+" ? 1 : 0, sign[0] === "?" ? 1 : undefined);
    const times = this.#take(/^~\s*(\d+)(?:\s*\.\.\s*(\d+))?/);
    return times ? repeated(`(${part})`, Number(times[1]), Number(times[2] ?? times[1])) : part;
  }

  #atom(): string {
    if (this.#take(/^\(/)) return this.#closed(/^\)/);
    if (this.#take(/^\[/)) return `(${this.#closed(/^\]/)})?`;
    const text = this.#take(/^"((?:[^"\\]|\\.)*)"(i?)/);
    if (text) {
      const value = JSON.parse(`"${text[1]}"`) as string;
      if (!text[2]) return literal(JSON.stringify(value).slice(1, -1));
      const either = Array.from(value, (c) => `[${[...new Set([c.toLowerCase(), c.toUpperCase()])].join("")}]`);
      return patternGrammar(parseRegex(either.join("")), { inJson: true });
    }
    const regex = this.#take(/^\/((?:[^/\\]|\\.)+)\/[imslux]*/);
    if (regex) return patternGrammar(parseRegex(regex[1]!), { inJson: true });
    const name = this.#take(/^[A-Za-z_]\w*/);
    if (!name) throw this.#error();
    const rule = this.#names.get(name[0]);
    if (!rule) throw new Error(`${name[0]} is not defined`);
    return rule;
  }

  #closed(end: RegExp): string {
    const inner = this.#choice();
    if (!this.#take(end)) throw this.#error();
    return inner;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    this.#skip();
    const found = pattern.exec(this.#text.slice(this.#at));
    if (!found) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #error(): Error {
    return new Error(`${JSON.stringify(this.#text.slice(this.#at, this.#at + 40))} cannot be read`);
  }
}
