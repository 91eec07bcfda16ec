import { ArgumentError } from "@loam/core";
import type { Emitter } from "../onnx/emitter.ts";
import { cos, less, log, mul, sqrt, sub, where } from "../primitives/elementwise.ts";
import { range } from "../primitives/indexing.ts";
import { reshape } from "../primitives/reshape.ts";
import { type Shape, sizeOf } from "../tensor/dim.ts";
import { primitive, scalar, type Tensor, type TensorType } from "../tensor/tensor.ts";

export interface RandomOptions {
  shape: Shape;
  /** int64 scalar: an input that changes from step to step, or a number for constants of the graph. */
  seed: Tensor | number;
  /** Tells apart the random tensors of one graph that share a seed. */
  stream?: number;
}

/** Constants of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195). */
const gamma = 0x9e3779b97f4a7c15n;
const multipliers = [0xbf58476d1ce4e5b9n, 0x94d049bb133111ebn] as const;

const literal = (g: Emitter, x: bigint, dtype: "int64" | "uint64" = "int64") =>
  g.constant({ dtype, shape: [], data: [dtype === "int64" ? BigInt.asIntN(64, x) : x] });

/** x ^ (x >>> bits): shifts exist for unsigned integers only, sums and products for signed ones. */
function xorShift(g: Emitter, x: string, bits: bigint): string {
  const shifted = g.op("BitShift", [g.cast(x, "uint64"), literal(g, bits, "uint64")], { direction: "RIGHT" });
  return g.op("BitwiseXor", [x, g.cast(shifted, "int64")]);
}

function mix(g: Emitter, x: string): string {
  let z = x;
  for (const [i, bits] of [30n, 27n].entries()) z = g.op("Mul", [xorShift(g, z, bits), literal(g, multipliers[i]!)]);
  return xorShift(g, z, 31n);
}

/** 64 random bits for each counter: mix(key + counter · γ), key = mix(seed + stream · γ). Integers only. */
const randomBits = primitive<[seed: Tensor, counters: Tensor], { stream: number }>("random_bits", {
  shape: ([, counters]): TensorType => ({ dtype: "int64", shape: counters!.shape }),
  emit: (g, [seed, counters], { stream }) => {
    const key = mix(g, g.op("Add", [seed!, literal(g, BigInt(stream) * gamma)]));
    return mix(g, g.op("Add", [g.op("Mul", [counters!, literal(g, gamma)]), key]));
  },
  vjp: "none",
});

/** Bits `from` to `from` + 24 of each integer, as a multiple of 2⁻²⁴ in [0, 1). */
const fraction = primitive<[bits: Tensor], { from: number }>("random_fraction", {
  shape: ([bits]): TensorType => ({ dtype: "float32", shape: bits!.shape }),
  emit: (g, [bits], { from }) => {
    const up = g.op("BitShift", [g.cast(bits!, "uint64"), literal(g, BigInt(40 - from), "uint64")], {
      direction: "LEFT",
    });
    const top = g.op("BitShift", [up, literal(g, 40n, "uint64")], { direction: "RIGHT" });
    return g.op("Mul", [g.cast(top, "float32"), g.scalar(2 ** -24)]);
  },
  vjp: "none",
});

function bitsFor({ shape, seed, stream = 0 }: RandomOptions): Tensor {
  const seeds = typeof seed === "number" ? scalar(seed, "int64") : seed;
  if (seeds.dtype !== "int64" || seeds.rank !== 0) throw new ArgumentError("seed", seeds.dtype, "an int64 scalar");
  return reshape(randomBits(seeds, range({ length: sizeOf(shape) }), { stream }), shape);
}

/** Uniform numbers in [0, 1), 24 bits each. The same seed and stream give the same bits on every device. */
export const randomUniform = (options: RandomOptions): Tensor => fraction(bitsFor(options), { from: 40 });

/** Standard normal numbers (Box and Muller 1958). → `shape`, float32. */
export function randomNormal(options: RandomOptions): Tensor {
  const bits = bitsFor(options);
  const radius = sqrt(mul(-2, log(sub(1, fraction(bits, { from: 40 })))));
  return mul(radius, cos(mul(2 * Math.PI, fraction(bits, { from: 8 }))));
}

/**
 * Each entry becomes 0 with probability `rate`, else x / (1 - rate) (arXiv:1207.0580). The shape stays.
 *
 * @throws {ArgumentError} unless rate is in [0, 1).
 */
export function dropout(x: Tensor, { rate, ...random }: { rate: number } & Omit<RandomOptions, "shape">): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new ArgumentError("rate", rate, "a probability in [0, 1)");
  if (rate === 0) return x;
  const dropped = less(randomUniform({ ...random, shape: x.shape }), rate);
  return where(dropped, 0, mul(x, 1 / (1 - rate)));
}
