import { add, div, matmul, mul, reduceL2, stopGradient, type Tensor } from "@loam/graph";

/** m / ‖W + s·BA‖ by rows, [O]; the norm is a constant to gradients, as in DoRA's §4.3 (arXiv:2402.09353). */
export function magnitudeScale(weight: Tensor, A: Tensor, B: Tensor, s: number, magnitude: Tensor): Tensor {
  const norm = reduceL2(add(weight, mul(matmul(B, A), s)), { axes: [1], keepdims: false });
  return div(magnitude, stopGradient(norm));
}
