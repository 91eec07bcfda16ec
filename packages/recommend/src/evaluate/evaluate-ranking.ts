import { type Interactions, itemsOf } from "../items/interactions.ts";

/** How well one reader's list is, its held-out items being what is right. */
export interface ReaderQuality {
  /** The reader's row in the training data. */
  user: number;
  /** Held-out items in the list over all held-out items. */
  recall: number;
  /** Binary nDCG, the ideal being min(k, held-out items) in front. */
  ndcg: number;
  /** Average precision: the mean of the precision at each hit over min(k, held-out items). */
  averagePrecision: number;
}

/** What all lists together show. */
export interface ListQuality {
  /** Share of the catalogue that is in anybody's list. */
  coverage: number;
  /** Mean −log₂ of the share of readers who liked a recommended item; higher is less obvious. */
  noveltyBits: number;
  /**
   * How much more often the recommended items were liked than those the readers liked themselves, as a share (Abdollahpouri
   * et al. 2019): 0 is the readers' own taste for the well known, 1 twice it.
   */
  popularityLift: number;
}

/** Fills the score of every item for someone who liked those, and read the others without liking them. */
export type ScoreItems = (liked: Uint32Array, scores: Float64Array<ArrayBuffer>, read: Uint32Array) => void;

/** What else readers are known to have rated, by the same numbers as the training data. */
export interface RatedWithoutLiking {
  read?: Interactions;
  disliked?: Interactions;
}

/** Full-rank quality of recommendations, mean over readers. */
export interface RankingQuality extends Pick<ListQuality, "coverage" | "noveltyBits"> {
  recall: number;
  ndcg: number;
  users: number;
}

/** Ranks as {@link rankReaders} does, and takes means. */
export function evaluateRanking(
  train: Interactions,
  test: ReadonlyMap<number, readonly number[]>,
  score: ScoreItems,
  k = 20,
): RankingQuality {
  const ranking = rankReaders(train, test, score, k);
  let step = ranking.next();
  while (!step.done) step = ranking.next();
  const { readers, lists } = step.value;
  const mean = (of: (reader: ReaderQuality) => number) =>
    readers.reduce((sum, reader) => sum + of(reader), 0) / Math.max(1, readers.length);
  return {
    recall: mean(({ recall }) => recall),
    ndcg: mean(({ ndcg }) => ndcg),
    coverage: lists.coverage,
    noveltyBits: lists.noveltyBits,
    users: readers.length,
  };
}

/**
 * Ranks all items but those of the training data for each test reader, a step each, and compares the top k with the held-out
 * items. Scores are compared at nine decimals; ties go to the smaller index.
 *
 * @param rated no candidates either
 */
export function* rankReaders(
  train: Interactions,
  test: ReadonlyMap<number, readonly number[]>,
  score: ScoreItems,
  k = 20,
  rated: RatedWithoutLiking = {},
): Generator<void, { readers: ReaderQuality[]; lists: ListQuality }> {
  const n = train.itemCount;
  const scores = new Float64Array(n);
  const seen = new Uint8Array(n);
  const likes = new Float64Array(n);
  for (const item of train.items) likes[item]!++;
  let [noveltyBits, listed, had] = [0, 0, 0];
  const readers: ReaderQuality[] = [];
  for (const [user, wanted] of test) {
    const liked = itemsOf(train, user);
    const also = rated.read ? itemsOf(rated.read, user) : none;
    score(liked, scores, also);
    for (let i = 0; i < n; i++) scores[i] = Math.round(scores[i]! * 1e9) / 1e9;
    for (const known of [liked, also, rated.disliked ? itemsOf(rated.disliked, user) : none])
      for (const item of known) scores[item] = Number.NEGATIVE_INFINITY;
    const top = largest(scores, k);
    const relevant = new Set(wanted);
    let [hits, dcg, ideal, precisions] = [0, 0, 0, 0];
    for (const [rank, item] of top.entries()) {
      seen[item] = 1;
      noveltyBits -= Math.log2(Math.max(likes[item]!, 1) / train.userCount) / (top.length * test.size);
      listed += likes[item]! / (top.length * test.size);
      if (!relevant.has(item)) continue;
      hits++;
      dcg += 1 / Math.log2(rank + 2);
      precisions += hits / (rank + 1);
    }
    for (const item of liked) had += likes[item]! / (liked.length * test.size);
    for (let rank = 0; rank < Math.min(k, relevant.size); rank++) ideal += 1 / Math.log2(rank + 2);
    readers.push({
      user,
      recall: hits / relevant.size,
      ndcg: dcg / ideal,
      averagePrecision: precisions / Math.min(k, relevant.size),
    });
    yield;
  }
  const coverage = seen.reduce((a, b) => a + b, 0) / n;
  return { readers, lists: { coverage, noveltyBits, popularityLift: had > 0 ? listed / had - 1 : 0 } };
}

const none = new Uint32Array();

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
