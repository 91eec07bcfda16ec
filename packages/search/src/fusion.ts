/** The constant of reciprocal rank fusion: how slowly a lower rank loses weight. */
const rankConstant = 60;

/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): an item scores Σ weight / (60 + rank) over the
 * rankings that hold it, ranks from 1.
 *
 * @returns items best first, with their 1-based rank in each ranking (undefined where absent).
 */
export function fuseRankings<T>(
  rankings: readonly { items: readonly T[]; weight: number }[],
): { item: T; score: number; ranks: (number | undefined)[] }[] {
  const fused = new Map<T, { item: T; score: number; ranks: (number | undefined)[] }>();
  rankings.forEach(({ items, weight }, side) => {
    items.forEach((item, i) => {
      const entry = fused.get(item) ?? { item, score: 0, ranks: new Array(rankings.length).fill(undefined) };
      entry.score += weight / (rankConstant + i + 1);
      entry.ranks[side] = i + 1;
      fused.set(item, entry);
    });
  });
  return [...fused.values()].sort((a, b) => b.score - a.score);
}
