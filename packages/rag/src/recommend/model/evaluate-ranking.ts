import { type Interactions, itemsOf } from "../items/interactions.ts";

/** Full-rank quality of recommendations: every item the user does not have yet competes. */
export interface RankingQuality {
  /** Found test items over all test items, mean over users. */
  recall: number;
  /** Binary nDCG, the ideal being min(k, test items) in front; mean over users. */
  ndcg: number;
  /** Share of the catalogue that is in anybody's top k. */
  coverage: number;
  /** Mean −log₂ of the share of users who liked a recommended item; higher is less obvious. */
  noveltyBits: number;
  users: number;
}

/**
 * Ranks all items but those of the training data for each test user and compares the top k with the held-out items.
 * Scores are compared at nine decimals; ties go to the smaller index.
 *
 * @param score fills `scores` for a user's training items
 */
export function evaluateRanking(
  train: Interactions,
  test: ReadonlyMap<number, readonly number[]>,
  score: (liked: Uint32Array, scores: Float64Array<ArrayBuffer>) => void,
  k = 20,
): RankingQuality {
  const n = train.itemCount;
  const scores = new Float64Array(n);
  const seen = new Uint8Array(n);
  const likes = new Float64Array(n);
  for (const item of train.items) likes[item]!++;
  let [recall, ndcg, noveltyBits] = [0, 0, 0];
  for (const [user, wanted] of test) {
    const liked = itemsOf(train, user);
    score(liked, scores);
    for (let i = 0; i < n; i++) scores[i] = Math.round(scores[i]! * 1e9) / 1e9;
    for (const item of liked) scores[item] = Number.NEGATIVE_INFINITY;
    const top = largest(scores, k);
    const relevant = new Set(wanted);
    let [hits, dcg, ideal] = [0, 0, 0];
    for (const [rank, item] of top.entries()) {
      seen[item] = 1;
      noveltyBits -= Math.log2(Math.max(likes[item]!, 1) / train.userCount) / (top.length * test.size);
      if (relevant.has(item)) {
        hits++;
        dcg += 1 / Math.log2(rank + 2);
      }
    }
    for (let rank = 0; rank < Math.min(k, relevant.size); rank++) ideal += 1 / Math.log2(rank + 2);
    recall += hits / relevant.size / test.size;
    ndcg += dcg / ideal / test.size;
  }
  return { recall, ndcg, coverage: seen.reduce((a, b) => a + b, 0) / n, noveltyBits, users: test.size };
}

/** Indices of the k largest scores, best first, the smaller index on a tie. */
export function largest(scores: ArrayLike<number>, k: number): number[] {
  const top: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (top.length === k && score <= least) continue;
    let at = top.length;
    while (at > 0 && scores[top[at - 1]!]! < score) at--;
    top.splice(at, 0, i);
    if (top.length > k) top.pop();
    if (top.length === k) least = scores[top[k - 1]!]!;
  }
  return top;
}
