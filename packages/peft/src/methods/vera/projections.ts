import type { TensorValue } from "../../layers/method.ts";
import { MersenneTwister } from "./mersenne-twister.ts";

/**
 * VeRA's shared random matrices A [r, I] and B [O, r], where I and O are the largest sizes of the adapted layers: Kaiming uniform
 * with gain √2, drawn one after the other as `_kaiming_init` of PEFT 0.21's `tuners/vera/model.py` does, so that a file without
 * them has the same ones here and there.
 */
export function drawProjections({ r, I, O, key }: { r: number; I: number; O: number; key: number }): {
  A: TensorValue;
  B: TensorValue;
} {
  const twister = new MersenneTwister(key);
  const draw = (shape: readonly [number, number]): TensorValue => {
    const bound = Math.sqrt(3) * (Math.sqrt(2) / Math.sqrt(shape[1]));
    return { shape, data: Float32Array.from({ length: shape[0] * shape[1] }, () => twister.symmetric(bound)) };
  };
  const A = draw([r, I]);
  return { A, B: draw([O, r]) };
}
