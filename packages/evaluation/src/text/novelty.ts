import { ArgumentError } from "@loam/core";

/**
 * Share of a summary's distinct n-grams that its source does not have (See et al. 2017 §6), in [0, 1]: 0 for one that
 * copies. Neither end is better by itself. A text shorter than n has none: 0.
 *
 * @throws {ArgumentError} unless n is a positive integer.
 */
export function novelNgrams(summary: readonly string[], source: readonly string[], n = 1): number {
  if (!Number.isInteger(n) || n < 1) throw new ArgumentError("n", n, "a positive integer", "use 2 for bigrams");
  const known = distinctNgrams(source, n);
  const own = distinctNgrams(summary, n);
  let novel = 0;
  for (const gram of own) if (!known.has(gram)) novel++;
  return own.size > 0 ? novel / own.size : 0;
}

function distinctNgrams(tokens: readonly string[], n: number): Set<string> {
  const grams = new Set<string>();
  for (let i = 0; i + n <= tokens.length; i++) grams.add(tokens.slice(i, i + n).join("\u0000"));
  return grams;
}

/** How many tokens of the source one token of the summary stands for (Grusky et al. 2018); 0 for an empty summary. */
export function compression(summary: readonly string[], source: readonly string[]): number {
  return summary.length > 0 ? source.length / summary.length : 0;
}
