import {
  add,
  cast,
  clip,
  div,
  exp,
  gather,
  greater,
  matmul,
  minimum,
  mul,
  neg,
  reduceSum,
  reshape,
  slice,
  stopGradient,
  sub,
  type Tensor,
  unsqueeze,
} from "@loam/graph";
import type { Objective } from "../recipe/recipe.ts";
import type { AnswerTokens } from "./preference-loss.ts";

/** Answers that a model wrote itself, with what came of them. */
export type JudgedAnswers<T> = {
  /** How much better each was than the others of its group: float32 [B]. */
  advantages: T;
  /** Log-probabilities of the tokens when they were written, where their labels stand: float32 [B, T]. Left out, those of now. */
  old?: T;
};

/**
 * The loss of group relative policy optimisation (arXiv:2402.03300 eq. 3), summed over answers, each the mean over its tokens
 * of -min(r·A, clip(r, 1 - ε, 1 + ε)·A) + β·k3: r is how much likelier a token has become since it was written, A the
 * advantage of its answer, and k3 = e^(ρ - π) - (ρ - π) - 1 the estimate of how far the policy π is from the reference ρ.
 *
 * @param reference the same tokens by what training began with; needed where `kl` is above 0
 * @returns besides the loss, summed over answers: k3 and the share of tokens beyond the clip
 */
export function grpoLoss(
  { logProbabilities: policy, places, rows, isOfRow }: AnswerTokens,
  reference: AnswerTokens | undefined,
  { advantages, old }: JudgedAnswers<Tensor>,
  { clip: epsilon, kl }: Extract<Objective, { type: "grpo" }>,
): { sum: Tensor; told: Record<string, Tensor> } {
  const before = old
    ? gather(reshape(slice(old, { axes: [1], starts: [1], ends: [null] }), [-1]), places)
    : stopGradient(policy); // [S]
  const ratio = exp(sub(policy, before));
  const advantage = gather(advantages, rows); // [S]
  const bounded = clip(ratio, { min: 1 - epsilon, max: 1 + epsilon });
  const gain = minimum(mul(ratio, advantage), mul(bounded, advantage));
  const beyond = cast(greater(mul(sub(ratio, bounded), advantage), 0), "float32");
  const lengths = matmul(isOfRow, unsqueeze(add(mul(policy, 0), 1), 1)); // [B, 1]
  /** The mean over each answer's tokens, summed over answers. */
  const overAnswers = (tokens: Tensor) => reduceSum(div(matmul(isOfRow, unsqueeze(tokens, 1)), lengths));
  if (!reference || kl === 0) return { sum: neg(overAnswers(gain)), told: { clipped: overAnswers(beyond) } };
  const gap = sub(reference.logProbabilities, policy);
  const k3 = sub(sub(exp(gap), gap), 1);
  return {
    sum: overAnswers(sub(mul(k3, kl), gain)),
    told: { kl: overAnswers(k3), clipped: overAnswers(beyond) },
  };
}
