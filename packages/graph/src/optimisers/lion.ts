import { add, mul, sign, sub } from "../primitives/elementwise.ts";
import { shrink } from "./adam.ts";
import { type Optimiser, optimiser } from "./optimiser.ts";

/** Lion (arXiv:2302.06675, algorithm 2): p ← p - η(sign(β₁m + (1-β₁)g) + λp), m ← β₂m + (1-β₂)g. */
export function lion({
  betas: [beta1, beta2] = [0.9, 0.99],
  weightDecay = 0,
}: {
  betas?: readonly [number, number];
  weightDecay?: number;
} = {}): Optimiser {
  return optimiser({
    slots: ({ shape }) => ({ m: { dtype: "float32", shape } }),
    update(param, g, { m }, { learningRate }) {
      const direction = sign(add(mul(m!, beta1), mul(g, 1 - beta1)));
      return {
        param: sub(shrink(param, learningRate, weightDecay), mul(direction, learningRate)),
        slots: { m: add(mul(m!, beta2), mul(g, 1 - beta2)) },
      };
    },
  });
}
