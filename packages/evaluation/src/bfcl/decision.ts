/**
 * Area under the ROC curve of a decision (Fawcett 2006): the chance that a case where calling is right scores above one
 * where it is wrong, ties counting half. In [0, 1], 0.5 for no skill; NaN where a side is empty.
 */
export function areaUnderCurve(right: readonly number[], wrong: readonly number[]): number {
  let wins = 0;
  for (const a of right) for (const b of wrong) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (right.length * wrong.length);
}

/** The lowest threshold above which at most this share of the cases lies where calling is wrong. */
export function thresholdRefusing(wrong: readonly number[], share: number): number {
  if (wrong.length === 0) return 0;
  const sorted = [...wrong].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}
