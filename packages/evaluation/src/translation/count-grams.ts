/** How often each key occurs. */
export type Counts = Map<string, number>;

/** Counts of the n-grams of a token sequence, as strings joined by `separator`. */
export function countGrams(tokens: readonly string[], n: number, separator = " "): Counts {
  const counts: Counts = new Map();
  for (let i = 0; i + n <= tokens.length; i++) {
    const gram = n === 1 ? tokens[i]! : tokens.slice(i, i + n).join(separator);
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** Σ min of two counts. */
export function overlapOf(a: Counts, b: Counts): number {
  let overlap = 0;
  for (const [gram, count] of a) overlap += Math.min(count, b.get(gram) ?? 0);
  return overlap;
}
