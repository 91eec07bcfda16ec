import {
  cast,
  crossEntropy,
  type Dim,
  div,
  equal,
  expand,
  gather,
  greater,
  indicesWhere,
  matmul,
  mul,
  neg,
  not,
  range,
  reduceSum,
  reshape,
  slice,
  softplus,
  sub,
  type Tensor,
  unsqueeze,
} from "@loam/graph";
import { ignoreIndex } from "../../data/encode.ts";
import type { AdaptedOutputs } from "../../running/adapted-forward.ts";
import type { Objective } from "../recipe/recipe.ts";

/** Rows of a batch that answer the same. */
export type Pairs<T> = {
  chosen: T;
  rejected: T;
};

/**
 * The loss of direct preference optimisation (arXiv:2305.18290 eq. 7), summed over pairs: -ln σ(β·((π⁺ - ρ⁺) - (π⁻ - ρ⁻))), where π and ρ are the log-probabilities that the adapter and the reference give
 * to the preferred (+) and the other answer (-). With label smoothing ε, which says how often a preference is the wrong way
 * round, the unbiased ((1-ε)·L(x) - ε·L(-x)) / (1-2ε) (arXiv:2403.00409).
 *
 * @param policy log-probabilities of answers [2P]
 * @param reference the same of what training began with
 * @param pairs which of them are preferred, and to which others: int64 [P] each
 * @returns besides the loss, summed over pairs: how often the preferred answer gained more, and by how much (β included)
 */
export function dpoLoss(
  policy: Tensor,
  reference: Tensor,
  { chosen, rejected }: Pairs<Tensor>,
  { beta, label_smoothing }: Extract<Objective, { type: "dpo" }>,
): { sum: Tensor; told: { rewardAccuracy: Tensor; rewardMargin: Tensor } } {
  const gains = sub(policy, reference); // [2P]
  const margin = mul(sub(gather(gains, chosen), gather(gains, rejected)), beta); // [P]
  const loss = softplus(neg(margin)); // -ln σ(x) = softplus(-x)
  const flipped = mul(softplus(margin), label_smoothing);
  const unbiased =
    label_smoothing > 0 ? div(sub(mul(loss, 1 - label_smoothing), flipped), 1 - 2 * label_smoothing) : loss;
  const won = cast(greater(margin, 0), "float32");
  return { sum: reduceSum(unbiased), told: { rewardAccuracy: reduceSum(won), rewardMargin: reduceSum(margin) } };
}

/** Supervised tokens of a batch, row after row. */
export interface AnswerTokens {
  /** Their log-probabilities in nats: float32 [S]. */
  logProbabilities: Tensor;
  /** Where they stand among the positions that are predicted, row-major: int64 [S] into [B·(T - 1)]. */
  places: Tensor;
  /** The row of each: int64 [S]. */
  rows: Tensor;
  /** Which token is of which row: float32 [B, S], 1 or 0. */
  isOfRow: Tensor;
}

/**
 * The log-probability of each row's supervised tokens, in nats.
 *
 * @param labels int64 [B, T]; position t predicts the label at t + 1
 * @returns [B]
 */
export function answerLogProbabilities(outputs: AdaptedOutputs, labels: Tensor): Tensor {
  const { logProbabilities, isOfRow } = answerTokens(outputs, labels);
  return reshape(matmul(isOfRow, unsqueeze(logProbabilities, 1)), [-1]);
}

/** The same token by token. Logits exist for supervised positions only. */
export function answerTokens({ hidden, logits, promptLength }: AdaptedOutputs, labels: Tensor): AnswerTokens {
  const [batch, , width] = hidden.shape as [Dim, Dim, number];
  const states = slice(hidden, { axes: [1], starts: [promptLength], ends: [-1] }); // [B, T - 1, C]
  const targets = slice(labels, { axes: [1], starts: [1], ends: [null] }); // [B, T - 1]
  const flat = reshape(targets, [-1]);
  const places = indicesWhere(not(equal(flat, ignoreIndex)), { length: "supervised" }); // [S]
  const losses = crossEntropy(logits(gather(reshape(states, [-1, width]), places)), gather(flat, places), {
    reduction: "none",
    ignoreIndex,
  }); // [S]
  const all = reshape(expand(unsqueeze(range({ length: batch }), 1), targets.shape), [-1]); // [B·(T - 1)]
  const rows = gather(all, places);
  const isOfRow = cast(equal(unsqueeze(range({ length: batch }), 1), unsqueeze(rows, 0)), "float32"); // [B, S]
  return { logProbabilities: neg(losses), places, rows, isOfRow };
}
