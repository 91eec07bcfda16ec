import type { Rng } from "@loam/core";

/** How a fresh tensor is filled. */
export type Fill = (rng: Rng, shape: readonly number[]) => Float32Array;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const zeros: Fill = (_, shape) => new Float32Array(sizeOf(shape));
export const ones: Fill = (_, shape) => new Float32Array(sizeOf(shape)).fill(1);

/** Normal with mean 0 and this standard deviation. */
export const normal =
  (std: number): Fill =>
  (rng, shape) =>
    Float32Array.from({ length: sizeOf(shape) }, () => rng.normal() * std);

/** Uniform in ±1/√fanIn: PyTorch's default for linear layers, `kaiming_uniform_` with a = √5. fanIn is the last axis. */
export const kaimingUniform: Fill = (rng, shape) => {
  const bound = 1 / Math.sqrt(shape.at(-1)!);
  return Float32Array.from({ length: sizeOf(shape) }, () => (2 * rng.uniform() - 1) * bound);
};
