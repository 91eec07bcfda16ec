import {
  add,
  cast,
  gather,
  greater,
  mul,
  neg,
  reduceMean,
  reduceSum,
  relu,
  sigmoid,
  stopGradient,
  sub,
  type Tensor,
} from "@loam/graph";
import type { Objective } from "../recipe/recipe.ts";

/** Rows of a batch that are judged one by one. */
export type JudgedRows<T> = {
  /** The answers as they are: int64 [B]. */
  own: T;
  /** The same prompts, each with the answer of another: int64 [B]. */
  mismatched: T;
  /** float32 [B], 1 where an answer is desirable and 0 where it is not. */
  desirable: T;
};

/**
 * The loss of Kahneman-Tversky optimisation (arXiv:2402.01306 eq. 7 and 8), summed over rows: w·(1 - σ(±β·(gain - z))), where a gain is
 * what the adapter adds to the log-probability of an answer, and the sign says whether it is desirable. The reference point z is the mean
 * gain of mismatched answers of the same micro-batch, not below 0 and without a gradient, as in TRL.
 *
 * @param policy log-probabilities of answers [2B]
 * @param reference the same of what training began with
 * @returns besides the loss, summed over rows: how often an answer is on the right side of z, by how much (β included), and z
 */
export function ktoLoss(
  policy: Tensor,
  reference: Tensor,
  { own, mismatched, desirable }: JudgedRows<Tensor>,
  { beta, desirable_weight, undesirable_weight }: Extract<Objective, { type: "kto" }>,
): { sum: Tensor; told: Record<"rewardAccuracy" | "rewardMargin" | "rewardKl", Tensor> } {
  const gains = sub(policy, reference); // [2B]
  const z = relu(reduceMean(stopGradient(gather(gains, mismatched)))); // []
  const sign = sub(mul(desirable, 2), 1); // [B]
  const margin = mul(mul(sub(gather(gains, own), z), sign), beta);
  const weight = add(mul(desirable, desirable_weight), mul(sub(1, desirable), undesirable_weight));
  return {
    sum: reduceSum(mul(weight, sigmoid(neg(margin)))), // 1 - σ(x) = σ(-x)
    told: {
      rewardAccuracy: reduceSum(cast(greater(margin, 0), "float32")),
      rewardMargin: reduceSum(margin),
      rewardKl: reduceSum(add(mul(desirable, 0), z)),
    },
  };
}
