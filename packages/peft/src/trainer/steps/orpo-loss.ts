import {
  add,
  cast,
  crossEntropy,
  type Dim,
  dimScalar,
  div,
  equal,
  gather,
  greater,
  indicesWhere,
  log,
  mul,
  neg,
  not,
  reduceSum,
  reshape,
  slice,
  softplus,
  sub,
  type Tensor,
  tanh,
  where,
} from "@loam/graph";
import { ignoreIndex } from "../../data/encode.ts";
import type { AdaptedOutputs } from "../../running/adapted-forward.ts";
import type { Objective } from "../recipe/recipe.ts";
import { answerLogProbabilities, type Pairs } from "./preference-loss.ts";

/**
 * The loss of odds ratio preference optimisation (arXiv:2403.07691 eq. 6 and 7), summed over pairs: the mean cross-entropy of the
 * preferred rows, prompt included, and -β·ln σ of the log odds ratio of both answers, where a mean over an answer's tokens stands for
 * its log-probability. As in TRL, a micro-batch's cross-entropy is a mean over its own tokens.
 *
 * @param batch ids and labels int64 [2P, T], mask bool [2P, T]
 * @returns besides the loss: how often the preferred answer is the likelier one, by how much (β included), and both parts
 */
export function orpoLoss(
  outputs: AdaptedOutputs,
  { ids, labels, mask }: { ids: Tensor; labels: Tensor; mask: Tensor },
  { chosen, rejected }: Pairs<Tensor>,
  { beta }: Extract<Objective, { type: "orpo" }>,
): { sum: Tensor; told: Record<string, Tensor> } {
  const targets = slice(labels, { axes: [1], starts: [1], ends: [null] }); // [2P, T - 1]
  const counts = reduceSum(cast(not(equal(targets, ignoreIndex)), "float32"), { axes: [1] }); // [2P]
  const means = div(answerLogProbabilities(outputs, labels), counts);
  const [preferred, other] = [gather(means, chosen), gather(means, rejected)]; // [P]
  const logOdds = sub(sub(preferred, other), sub(logOneMinusExp(preferred), logOneMinusExp(other)));
  const surprise = softplus(neg(logOdds)); // -ln σ(x)
  const nll = meanLoss(outputs, { ids, mask, rows: chosen });
  const pairs = dimScalar(chosen.shape[0] as Dim, nll);
  const margin = mul(sub(preferred, other), beta);
  return {
    sum: add(mul(nll, pairs), mul(reduceSum(surprise), beta)),
    told: {
      rewardAccuracy: reduceSum(cast(greater(margin, 0), "float32")),
      rewardMargin: reduceSum(margin),
      nll: mul(nll, pairs),
      logOddsRatio: neg(reduceSum(surprise)),
    },
  };
}

/** ln(1 - eˣ) for x < 0. With t = tanh(x/2), 1 - eˣ is -2t / (1 - t), which keeps its digits near 0. */
function logOneMinusExp(x: Tensor): Tensor {
  const t = tanh(mul(x, 0.5));
  return log(div(mul(t, -2), sub(1, t)));
}

/** The mean cross-entropy of every token after the first of some rows, padding left out. */
function meanLoss(
  { hidden, logits, promptLength }: AdaptedOutputs,
  { ids, mask, rows }: { ids: Tensor; mask: Tensor; rows: Tensor },
): Tensor {
  const width = hidden.shape[2] as number;
  const whole = where(mask, ids, ignoreIndex);
  const targets = reshape(slice(gather(whole, rows), { axes: [1], starts: [1], ends: [null] }), [-1]); // [P·(T - 1)]
  const states = reshape(slice(gather(hidden, rows), { axes: [1], starts: [promptLength], ends: [-1] }), [-1, width]);
  const counted = indicesWhere(not(equal(targets, ignoreIndex)), { length: "read" }); // [S]
  const losses = crossEntropy(logits(gather(states, counted)), gather(targets, counted), {
    reduction: "sum",
    ignoreIndex,
  });
  return div(losses, reduceSum(cast(not(equal(targets, ignoreIndex)), "float32")));
}
