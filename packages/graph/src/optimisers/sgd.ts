import { add, mul, sub } from "../primitives/elementwise.ts";
import type { Tensor, TensorType } from "../tensor/tensor.ts";
import { type Optimiser, optimiser, type Slots } from "./optimiser.ts";

export interface SgdOptions {
  momentum?: number;
  nesterov?: boolean;
  /** L2 penalty, added to the gradient. */
  weightDecay?: number;
}

/** Stochastic gradient descent, as `torch.optim.SGD`: b ← μb + g, p ← p - ηb (with Nesterov, p ← p - η(g + μb)). */
export function sgd({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Optimiser {
  return optimiser({
    slots: ({ shape }): Slots<TensorType> => (momentum === 0 ? {} : { momentum: { dtype: "float32", shape } }),
    update(param, gradient, slots, { learningRate }) {
      const g = weightDecay === 0 ? gradient : add(gradient, mul(param, weightDecay));
      if (momentum === 0) return { param: sub(param, mul(g, learningRate)), slots: {} as Slots<Tensor> };
      const b = add(mul(slots.momentum!, momentum), g);
      const direction = nesterov ? add(g, mul(b, momentum)) : b;
      return { param: sub(param, mul(direction, learningRate)), slots: { momentum: b } };
    },
  });
}
