import {
  add,
  clip,
  div,
  maximum,
  minimum,
  mul,
  pow,
  reciprocal,
  rsqrt,
  sqrt,
  square,
  sub,
} from "../primitives/elementwise.ts";
import { reduceL2, reduceMean } from "../primitives/reduce.ts";
import { sizeOf } from "../tensor/dim.ts";
import type { Tensor, TensorType } from "../tensor/tensor.ts";
import { shrink } from "./adam.ts";
import { type Optimiser, optimiser, type Slots } from "./optimiser.ts";

export interface AdafactorOptions {
  /** The second moment's β₂ at step t is 1 - tᵈ for this d. */
  beta2Decay?: number;
  /** Lower bounds of the second moment (as a root) and of a parameter's size. */
  eps?: readonly [number, number];
  /** The largest root mean square of an update. */
  clippingThreshold?: number;
  weightDecay?: number;
}

/** Adafactor (arXiv:1804.04235), as `torch.optim.Adafactor`: matrices keep row and column means of g² only. */
export function adafactor({
  beta2Decay = -0.8,
  eps: [eps1, eps2] = [2 ** -23, 1e-3],
  clippingThreshold = 1,
  weightDecay = 0,
}: AdafactorOptions = {}): Optimiser {
  return optimiser({
    slots: ({ shape }): Slots<TensorType> =>
      shape.length > 1
        ? {
            rows: { dtype: "float32", shape: [...shape.slice(0, -1), 1] },
            columns: { dtype: "float32", shape: [...shape.slice(0, -2), 1, shape.at(-1)!] },
          }
        : { variance: { dtype: "float32", shape } },
    update(param, g, slots, { learningRate, step }) {
      const weight = pow(step, beta2Decay); // 1 - β₂
      const towards = (mean: Tensor, sample: Tensor) => add(mean, mul(sub(sample, mean), weight));
      const size = sizeOf(param.shape) as number;
      const rms = (x: Tensor) => div(reduceL2(x), Math.sqrt(size));

      let variance: Tensor;
      let next: Record<string, Tensor>;
      if (param.rank > 1) {
        const rows = towards(slots.rows!, reduceMean(square(g), { axes: [-1], keepdims: true }));
        const columns = towards(slots.columns!, reduceMean(square(g), { axes: [-2], keepdims: true }));
        variance = div(mul(rows, columns), clip(reduceMean(rows, { axes: [-2], keepdims: true }), { min: eps1 }));
        next = { rows, columns };
      } else {
        variance = towards(slots.variance!, square(g));
        next = { variance };
      }
      const update = mul(rsqrt(clip(variance, { min: eps1 * eps1 })), g);
      const relativeStep = minimum(learningRate, reciprocal(sqrt(step)));
      const scale = mul(maximum(rms(param), eps2), relativeStep);
      const damping = maximum(div(rms(update), clippingThreshold), 1);
      return {
        param: sub(shrink(param, learningRate, weightDecay), mul(update, div(scale, damping))),
        slots: next,
      };
    },
  });
}
