import { add, cos, div, maximum, mul, neg, reshape, sin, sub, type Tensor } from "@loam/graph";

/** What a network's output stands for. */
export type Prediction = "velocity" | "x" | "eps";

/** A time per row, with axes for the rest of x: [B] → [B, 1, 1, …]. */
const timesLike = (t: Tensor, x: Tensor): Tensor => reshape(t, [t.shape[0]!, ...x.shape.slice(1).map(() => 1)]);

/**
 * The straight path from data to noise, x_t = (1 - t)·x + t·ε, and its velocity ε - x (arXiv:2209.03003,
 * arXiv:2403.03206). All of x's shape, t broadcasting to it.
 */
export function straightPath(x: Tensor, eps: Tensor, t: Tensor): { xt: Tensor; velocity: Tensor } {
  const time = timesLike(t, x);
  return { xt: add(mul(sub(1, time), x), mul(time, eps)), velocity: sub(eps, x) };
}

/**
 * The trigonometric path, x_t = cos(πt/2)·x + sin(πt/2)·ε (SiT's GVP, arXiv:2401.08740 §2). All of x's shape, t
 * broadcasting to it.
 */
export function trigonometricPath(x: Tensor, eps: Tensor, t: Tensor): { xt: Tensor; velocity: Tensor } {
  const angle = mul(timesLike(t, x), Math.PI / 2);
  const [c, s] = [cos(angle), sin(angle)];
  return { xt: add(mul(c, x), mul(s, eps)), velocity: mul(Math.PI / 2, sub(mul(c, eps), mul(s, x))) };
}

/**
 * The velocity that an output means on the straight path: itself, (x_t - x̂)/t, or (ε̂ - x_t)/(1 - t). All of x's
 * shape, t broadcasting to it.
 *
 * @param floor the smallest divisor; 0.1 keeps the loss of x̂ finite near data
 */
export function toVelocity(
  output: Tensor,
  { prediction, xt, t, floor = 0 }: { prediction: Prediction; xt: Tensor; t: Tensor; floor?: number },
): Tensor {
  if (prediction === "velocity") return output;
  const time = timesLike(t, xt);
  const atLeast = (divisor: Tensor) => (floor > 0 ? maximum(divisor, floor) : divisor);
  return prediction === "x" ? div(sub(xt, output), atLeast(time)) : div(sub(output, xt), atLeast(sub(1, time)));
}

/** x̂ = x_t - t·v, ε̂ = x_t + (1 - t)·v, and the score -ε̂/t. All of the velocity's shape, t broadcasting to it. */
export function fromVelocity(velocity: Tensor, { xt, t }: { xt: Tensor; t: Tensor }) {
  const time = timesLike(t, xt);
  const eps = add(xt, mul(sub(1, time), velocity));
  return { x: sub(xt, mul(time, velocity)), eps, score: div(neg(eps), time) };
}
