import { add, clip, log, mul, sigmoid, sub, type Tensor } from "@loam/graph";

/** The stretched interval of the hard-concrete gate (arXiv:1712.01312), symmetric as in arXiv:2012.07463. */
const [left, right] = [-1.5, 1.5];

/** z = clamp(s·(r − l) + l, 0, 1), s = σ(ln u − ln(1 − u) + α); u = ½ where no noise is given. The shape of α stays. */
export function gate(alpha: Tensor, u?: Tensor): Tensor {
  const s = sigmoid(u ? add(sub(log(u), log(sub(1, u))), alpha) : alpha);
  return clip(add(mul(s, right - left), left), { min: 0, max: 1 });
}

/** P(z > 0) = σ(α − ln(−l / r)). */
export const openProbability = (alpha: Tensor): Tensor => sigmoid(sub(alpha, Math.log(-left / right)));

/** {@link gate} at u = ½, of a number. */
export const stillGate = (alpha: number): number =>
  Math.min(1, Math.max(0, (right - left) / (1 + Math.exp(-alpha)) + left));
