import type { SecretRule } from "./rule.ts";

/**
 * Which rules a text needs to be met with, by one look at it: most texts have the hint of none or of a few.
 *
 * @returns a function of the text in lower case.
 */
export function withHints(rules: readonly SecretRule[]): (lower: string) => SecretRule[] {
  const all = [...new Set(rules.flatMap(({ hints }) => hints))];
  // A hint that holds another says no more than that one, and could not be seen beside it.
  const short = all.filter((hint) => !all.some((other) => other !== hint && hint.includes(other)));
  const rows = rules.map((rule) => ({
    rule,
    needs: rule.hints.map((hint) => short.find((each) => hint.includes(each))!),
  }));
  const look = new RegExp(`(?=(${short.map((hint) => hint.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")}))`, "g");
  return (lower) => {
    const seen = new Set<string>();
    look.lastIndex = 0;
    for (let match = look.exec(lower); match; match = look.exec(lower)) {
      seen.add(match[1]!);
      look.lastIndex = match.index + 1;
      if (seen.size === short.length) break;
    }
    return rows
      .filter(({ needs }) => needs.length === 0 || needs.some((hint) => seen.has(hint)))
      .map(({ rule }) => rule);
  };
}
