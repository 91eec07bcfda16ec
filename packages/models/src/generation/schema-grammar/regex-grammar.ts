import { character } from "./characters.ts";
import { oneOf, repeated } from "./ebnf.ts";
import { lengths, type Pattern } from "./regex.ts";

/**
 * A pattern, anchored on both sides, as EBNF.
 *
 * @param options.inJson whether the text stands within a JSON string, where some characters are spelled otherwise.
 * @throws {Error} where it has anchors inside, or matches nothing.
 */
export function patternGrammar(pattern: Pattern, options: { inJson: boolean }): string {
  switch (pattern.type) {
    case "set": {
      const spelled = character(pattern.set, options);
      if (spelled === undefined) throw new Error("it has a class without characters");
      return spelled;
    }
    case "sequence":
      return pattern.parts.length === 0
        ? '""'
        : `(${pattern.parts.map((part) => patternGrammar(part, options)).join(" ")})`;
    case "choice":
      return oneOf(pattern.parts.map((part) => patternGrammar(part, options)));
    case "repeat":
      return repeated(`(${patternGrammar(pattern.part, options)})`, pattern.min, pattern.max);
    default:
      throw new Error("it has ^ or $ in the middle, which a grammar cannot");
  }
}

/**
 * The same pattern with a text of a certain length, where that can be said.
 *
 * @returns undefined where it cannot.
 */
export function withLength(pattern: Pattern, min: number, max: number | undefined): Pattern | undefined {
  const own = lengths(pattern);
  if (own.min >= min && (max === undefined || (own.max !== undefined && own.max <= max))) return pattern;
  if (pattern.type !== "repeat" || pattern.part.type !== "set") return undefined;
  const low = Math.max(pattern.min, min);
  const high = pattern.max === undefined ? max : max === undefined ? pattern.max : Math.min(pattern.max, max);
  return high !== undefined && high < low ? undefined : { ...pattern, min: low, max: high };
}
