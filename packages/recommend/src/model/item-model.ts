import { runAtOnce } from "@loam/core";
import { gramMatrix, type Interactions, type Lesser } from "../items/interactions.ts";
import { invertSymmetric } from "./inverse.ts";

/**
 * A linear item–item model: what a user may like is the sum of the rows of what they liked.
 * `weights[i · itemCount + j]` is how much liking item i speaks for item j; the diagonal is 0.
 */
export interface ItemModel {
  readonly itemCount: number;
  readonly weights: Float64Array | Float32Array;
}

/** The score of every item for someone who liked `liked`, [itemCount]. */
export function scoreItems(
  { itemCount, weights }: ItemModel,
  liked: ArrayLike<number>,
  scores = new Float64Array(itemCount),
): Float64Array {
  scores.fill(0);
  for (let k = 0; k < liked.length; k++) {
    const row = liked[k]! * itemCount;
    for (let j = 0; j < itemCount; j++) scores[j]! += weights[row + j]!;
  }
  return scores;
}

/**
 * Cosine similarity of the sets of people who liked two items (Sarwar et al. 2001). Of each item's row only the `neighbours`
 * largest are kept, the item with the smaller index on a tie.
 */
export function itemCosine(interactions: Interactions, { neighbours = 100 }: { neighbours?: number } = {}): ItemModel {
  const n = interactions.itemCount;
  const gram = gramMatrix(interactions);
  const norms = Float64Array.from({ length: n }, (_, i) => Math.sqrt(gram[i * n + i]!) || 1);
  const cosine = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (i !== j) cosine[i * n + j] = gram[i * n + j]! / (norms[i]! * norms[j]!);
  // Item j is scored by those of its own neighbours that the user liked, so the rows kept are j's.
  const weights = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const row = cosine.subarray(j * n, j * n + n);
    const order = Array.from(row.keys()).sort((a, b) => round12(row[b]!) - round12(row[a]!) || a - b);
    for (const i of order.slice(0, neighbours)) weights[i * n + j] = row[i]!;
  }
  return { itemCount: n, weights };
}

const round12 = (x: number): number => Math.round(x * 1e12) / 1e12;

export interface EaseOptions {
  /** λ of the ridge regression, in weighted likes. */
  regularisation?: number;
  /** EDLAE (Steck 2020): regularise each item by this share of its own likes as well, as dropout would. */
  dropout?: number;
  /** A user with k likes weighs k^−userDamping, so that heavy readers do not decide alone. */
  userDamping?: number;
  /** Scores are divided by an item's likes to this power; above 0 favours the long tail. */
  popularityDamping?: number;
  /** What users read without liking it; counts for a share of a like. */
  read?: Lesser;
}

/**
 * EASE^R (Steck 2019, arXiv:1905.03375): the item–item weights B, zero on the diagonal, that best rebuild every user's
 * likes from the others, in closed form: P = (XᵀX + λI)⁻¹, B_ij = −P_ij / P_jj. The defaults weigh users and items as
 * described in {@link EaseOptions}; `{ regularisation, dropout: 0, userDamping: 0, popularityDamping: 0 }` is the paper's.
 */
export function ease(interactions: Interactions, options: EaseOptions = {}): ItemModel {
  return runAtOnce(easeSteps(interactions, options));
}

/** {@link ease} in steps of a row. */
export function* easeSteps(
  interactions: Interactions,
  { regularisation = 30, dropout = 0.1, userDamping = 0.5, popularityDamping = 0.1, read }: EaseOptions = {},
): Generator<void, ItemModel> {
  const n = interactions.itemCount;
  const gram = gramMatrix(interactions, (likes) => likes ** -userDamping, read);
  const likes = Float64Array.from({ length: n }, (_, i) => gram[i * n + i]!);
  for (let i = 0; i < n; i++) gram[i * n + i]! += regularisation + dropout * likes[i]!;
  const precision = yield* invertSymmetric(gram, n);
  const weights = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const scale = -1 / (precision[j * n + j]! * Math.max(likes[j]!, 1e-9) ** popularityDamping);
    for (let i = 0; i < n; i++) if (i !== j) weights[i * n + j] = precision[i * n + j]! * scale;
  }
  return { itemCount: n, weights };
}
