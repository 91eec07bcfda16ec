import { reduceMean, square, sub, type Tensor } from "@loam/graph";
import { type Prediction, straightPath, toVelocity } from "./path.ts";

/** Below this time the error of a predicted x is weighed no more than here. */
const velocityFloor = 0.1;

/**
 * Mean squared error of the velocity (arXiv:2209.03003 eq. 1), whatever the network predicts.
 *
 * @param predict the network at x_t
 * @returns a scalar, in squared units of the clip
 */
export function flowLoss(
  { x, eps, t }: { x: Tensor; eps: Tensor; t: Tensor },
  { prediction, predict }: { prediction: Prediction; predict: (xt: Tensor) => Tensor },
): Tensor {
  const { xt, velocity } = straightPath(x, eps, t);
  const output = predict(xt);
  if (prediction === "velocity") return reduceMean(square(sub(output, velocity)));
  // Both sides divide by the same floored time, so that a perfect x̂ has no loss.
  const truth = prediction === "x" ? x : eps;
  const as = (of: Tensor) => toVelocity(of, { prediction, xt, t, floor: velocityFloor });
  return reduceMean(square(sub(as(output), as(truth))));
}
