/** A candidate with its score, best first in a list. */
export interface Candidate {
  row: number;
  score: number;
}

/**
 * Picks n of the candidates by maximal marginal relevance (Carbonell and Goldstein 1998): each time the one with the
 * largest (1 − diversity) · score − diversity · likeness to the nearest picked, scores scaled so that the best is 1.
 *
 * @param candidates best first
 * @param diversity 0 keeps the order, 1 ignores the scores
 * @param likeness of two rows, in [0, 1]
 * @param allows says whether a row may join those picked so far
 */
export function diversify(
  candidates: readonly Candidate[],
  {
    n,
    diversity,
    likeness,
    allows = () => true,
  }: {
    n: number;
    diversity: number;
    likeness: (a: number, b: number) => number;
    allows?: (row: number, picked: readonly Candidate[]) => boolean;
  },
): Candidate[] {
  const left = [...candidates];
  const nearest = new Map<number, number>();
  const picked: Candidate[] = [];
  const scale = Math.max(candidates[0]?.score ?? 0, 1e-12);
  while (picked.length < n && left.length > 0) {
    let [best, bestValue] = [-1, Number.NEGATIVE_INFINITY];
    for (const [i, { row, score }] of left.entries()) {
      if (!allows(row, picked)) continue;
      const value = ((1 - diversity) * score) / scale - diversity * (nearest.get(row) ?? 0);
      if (value > bestValue) [best, bestValue] = [i, value];
      if (diversity === 0) break;
    }
    if (best < 0) break;
    const [chosen] = left.splice(best, 1);
    picked.push(chosen!);
    if (diversity === 0) continue;
    for (const { row } of left) nearest.set(row, Math.max(nearest.get(row) ?? 0, likeness(row, chosen!.row)));
  }
  return picked;
}
