import { add, div, maximum, mul, pow, sqrt, square, sub } from "../primitives/elementwise.ts";
import { scalar, type Tensor, type TensorType } from "../tensor/tensor.ts";
import { type Optimiser, optimiser, type Slots } from "./optimiser.ts";

export interface AdamOptions {
  betas?: readonly [number, number];
  eps?: number;
  weightDecay?: number;
  /** Where the decay acts: on the weights themselves ("decoupled", AdamW) or through the gradient ("l2", Adam). */
  decay?: "decoupled" | "l2";
  /** Divides by the largest second moment seen so far (arXiv:1904.09237). */
  amsgrad?: boolean;
}

/**
 * AdamW (arXiv:1711.05101), as `torch.optim.AdamW`:
 * m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², p ← p - η(λp + (m / (1-β₁ᵗ)) / (√(v / (1-β₂ᵗ)) + ε)).
 */
export function adamW({
  betas: [beta1, beta2] = [0.9, 0.999],
  eps = 1e-8,
  weightDecay = 0.01,
  decay = "decoupled",
  amsgrad = false,
}: AdamOptions = {}): Optimiser {
  return optimiser({
    slots: ({ shape }): Slots<TensorType> => {
      const slot = { dtype: "float32", shape } as const;
      return amsgrad ? { m: slot, v: slot, vMax: slot } : { m: slot, v: slot };
    },
    update(param, gradient, slots, { learningRate, step }) {
      const g = decay === "l2" && weightDecay !== 0 ? add(gradient, mul(param, weightDecay)) : gradient;
      const { m, v } = moments(g, slots.m!, slots.v!, beta1, beta2);
      const vMax = amsgrad ? maximum(slots.vMax!, v) : v;
      const denominator = add(div(sqrt(vMax), sqrt(biasCorrection(beta2, step))), eps);
      const rate = div(learningRate, biasCorrection(beta1, step));
      const kept = decay === "decoupled" ? shrink(param, learningRate, weightDecay) : param;
      return {
        param: sub(kept, mul(div(m, denominator), rate)),
        slots: { m, v, ...(amsgrad && { vMax }) },
      };
    },
  });
}

/** Running means of the gradient and its square. All have g's shape. */
export function moments(g: Tensor, m: Tensor, v: Tensor, beta1: number, beta2: number): { m: Tensor; v: Tensor } {
  return {
    m: add(mul(m, beta1), mul(g, 1 - beta1)),
    v: add(mul(v, beta2), mul(square(g), 1 - beta2)),
  };
}

/** 1 - βᵗ. */
export const biasCorrection = (beta: number, step: Tensor): Tensor => sub(1, pow(scalar(beta), step));

/** p·(1 - ηλ): decoupled weight decay. */
export const shrink = (param: Tensor, learningRate: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? param : mul(param, sub(1, mul(learningRate, weightDecay)));
