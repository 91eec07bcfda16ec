/**
 * Whether a `tokenizer.json` holds a regular expression that could take more than linear time by much: one that repeats a
 * group, refers back, or repeats four times and more within one alternative. A sieve, not a proof: what is kept back is
 * only watched, and the patterns of the known tokenizers pass.
 */
export function mayBacktrack(json: unknown): boolean {
  return patternsOf(json, 0).some(isSuspicious);
}

function patternsOf(part: unknown, depth: number): string[] {
  if (typeof part !== "object" || part === null || depth > 12) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    if (key === "vocab" || key === "merges" || key === "added_tokens") return [];
    return key === "Regex" && typeof value === "string" ? [value] : patternsOf(value, depth + 1);
  });
}

function isSuspicious(pattern: string): boolean {
  const bare = pattern.replace(/\\[pP]\{[^}]*\}|\\./g, "x").replace(/\[[^\]]*\]/g, "x");
  if (/\)\??(?:[*+]|\{\d*,)/.test(bare) || /\\[1-9]|\\k</.test(pattern)) return true;
  return bare.split("|").some((alternative) => (alternative.match(/[*+]|\{\d+,\d*\}/g) ?? []).length > 3);
}
