import { ArgumentError, ShapeError } from "@loam/core";
import { reduceSum } from "../primitives/broadcast.ts";
import {
  abs,
  add,
  cast,
  div,
  equal,
  exp,
  log,
  mul,
  neg,
  not,
  relu,
  square,
  sub,
  where,
} from "../primitives/elementwise.ts";
import { gatherElements } from "../primitives/indexing.ts";
import { squeeze, unsqueeze } from "../primitives/layout.ts";
import { logSoftmax } from "../primitives/normalisation.ts";
import { dimScalar, reduceMean } from "../primitives/reduce.ts";
import { showShape } from "../tensor/dim.ts";
import type { Tensor } from "../tensor/tensor.ts";

export type Reduction = "mean" | "sum" | "none";

const reduce = (x: Tensor, reduction: Reduction): Tensor =>
  reduction === "mean" ? reduceMean(x) : reduction === "sum" ? reduceSum(x) : x;

export interface CrossEntropyOptions {
  /** "mean" divides by the number of targets that are not ignored; "none" keeps ignored rows, with loss 0. */
  reduction?: Reduction;
  ignoreIndex?: number;
  /** Share of the target's probability that is spread over all classes, in [0, 1). */
  labelSmoothing?: number;
}

/**
 * Cross-entropy between logits and class ids, in nats, as in `torch.nn.functional.cross_entropy`.
 *
 * @param logits [N, V]
 * @param target int64 [N]; rows whose target is `ignoreIndex` do not count
 * @throws {ShapeError} unless logits are [N, V] and target [N].
 * @throws {ArgumentError} unless labelSmoothing is in [0, 1).
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  { reduction = "mean", ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyOptions = {},
): Tensor {
  if (logits.rank !== 2 || target.rank !== 1 || logits.shape[0] !== target.shape[0]) {
    throw new ShapeError("crossEntropy", {
      got: `logits ${showShape(logits.shape)}, target ${showShape(target.shape)}`,
      expected: "logits [N, V] and target [N]",
      hint: "flatten batch and sequence first",
    });
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new ArgumentError("labelSmoothing", labelSmoothing, "in [0, 1)");
  const counted = not(equal(target, ignoreIndex)); // [N]
  const safe = where(counted, target, 0);
  const logProbabilities = logSoftmax(logits, { axis: -1 }); // [N, V]
  const picked = squeeze(gatherElements(logProbabilities, unsqueeze(safe, 1), { axis: 1 }), 1); // [N]
  let loss = neg(picked);
  if (labelSmoothing > 0) {
    const uniform = neg(reduceMean(logProbabilities, { axes: [-1] }));
    loss = add(mul(loss, 1 - labelSmoothing), mul(uniform, labelSmoothing));
  }
  const rows = where(counted, loss, 0);
  return reduction === "mean" ? div(reduceSum(rows), reduceSum(cast(counted, logits.dtype))) : reduce(rows, reduction);
}

/** (input - target)². */
export const mseLoss = (
  input: Tensor,
  target: Tensor,
  { reduction = "mean" }: { reduction?: Reduction } = {},
): Tensor => reduce(square(sub(input, target)), reduction);

/** Binary cross-entropy of logits x with targets t in [0, 1]: max(x, 0) - x·t + ln(1 + e⁻|ˣ|). */
export function bceWithLogits(
  x: Tensor,
  target: Tensor,
  { reduction = "mean" }: { reduction?: Reduction } = {},
): Tensor {
  return reduce(add(sub(relu(x), mul(x, target)), log(add(1, exp(neg(abs(x)))))), reduction);
}

/**
 * KL(q ‖ p) of logits over the last axis, Σ q·(ln q - ln p) in nats, summed and divided by the number of rows. [...,
 * V], [..., V] → scalar.
 */
export function klDivergence(p: Tensor, q: Tensor): Tensor {
  const [logP, logQ] = [logSoftmax(p, { axis: -1 }), logSoftmax(q, { axis: -1 })];
  const rows = reduceSum(mul(exp(logQ), sub(logQ, logP)), { axes: [-1] });
  return rows.rank === 0 ? rows : div(reduceSum(rows), dimScalar(rows.shape[0]!, rows));
}
