import { ArgumentError } from "@loam/core";
import { microsoft } from "../onnx/emitter.ts";
import { after } from "../primitives/after.ts";
import { add, cast, mul } from "../primitives/elementwise.ts";
import { gather } from "../primitives/indexing.ts";
import { flatten, pad, slice, unsqueeze } from "../primitives/layout.ts";
import { reshape } from "../primitives/reshape.ts";
import { constant, primitive, scalar, type Tensor } from "../tensor/tensor.ts";
import { type Codebook, dynamicMap } from "./codes.ts";
import type { LowBitTensors, NestedScales } from "./weights.ts";

/**
 * The float32 matrix [O, I] that low-bit weights stand for.
 *
 * @param options.after unpacks when this tensor has been computed. Without it ONNX Runtime sees nothing but constants,
 *   unpacks once when the graph is opened and keeps the float32 matrix.
 */
export function dequantizeLowBit(matrix: LowBitTensors, { after: trigger }: { after?: Tensor } = {}): Tensor {
  const { format, shape, blockSize, codes } = matrix;
  const waiting = (x: Tensor) => (trigger ? after(x, trigger) : x);
  const scales = scalesOf(matrix.scales, trigger);
  if (format === "int8") return scaleRows(codes, waiting(scales));
  if (format === "grouped") return scaleBlocks(unpackGroups(codes), waiting(scales), blockSize, shape);
  const one = waiting(constant({ dtype: "float32", shape: [1, 1], data: [1] }));
  return unpackFourBit(one, codes, scales, { format, shape, blockSize });
}

/** The scale of each block, float32. Nested ones are restored when `trigger` has been computed. → [blocks]. */
export function scalesOf(scales: Tensor | NestedScales, trigger?: Tensor): Tensor {
  if (!("offset" in scales)) return scales;
  const { codes, absmax, blockSize, offset } = scales;
  const count = codes.shape[0] as number;
  const one = scalar(1);
  const index = cast(floatCodes(codes, trigger ? after(one, trigger) : one), "int32");
  const table = constant({ dtype: "float32", shape: [256], data: dynamicMap() });
  return add(flatten(scaleBlocks(gather(table, index), absmax, blockSize, [1, count])), offset);
}

/** uint8 codes as float32, times a scalar. An operator that reads a scale can wait for it; a cast would be folded. */
const floatCodes = primitive<[codes: Tensor, scale: Tensor]>("float_codes", {
  shape: ([codes]) => ({ dtype: "float32", shape: codes!.shape }),
  emit: (g, inputs) => g.op("DequantizeLinear", inputs),
  vjp: "none",
});

/** int8 [O, I] × scale [O]. */
const scaleRows = primitive<[codes: Tensor, scales: Tensor]>("scale_rows", {
  shape: ([codes]) => ({ dtype: "float32", shape: codes!.shape }),
  emit: (g, inputs) => g.op("DequantizeLinear", inputs, { axis: 0 }),
  vjp: "none",
});

/**
 * The operator that multiplies by 4-bit weights unpacks them first. As one column [O·I, 1] times [[1]] they come out as they
 * are, row by row: four times as fast as looking codes up with `Gather`.
 */
const unpackFourBit = primitive<
  [one: Tensor, codes: Tensor, scales: Tensor],
  { format: "nf4" | "fp4"; shape: readonly [number, number]; blockSize: number }
>("unpack_four_bit", {
  shape: (_, { shape }) => ({ dtype: "float32", shape }),
  emit: (g, inputs, { format, shape, blockSize }) => {
    const column = { K: 1, N: shape[0] * shape[1], block_size: blockSize, quant_type: format === "nf4" ? 1 : 0 };
    return g.op("Reshape", [g.op("MatMulBnb4", inputs, column, microsoft), g.ints(shape)]);
  },
  vjp: "none",
});

/** Looks both numbers of each byte up at once: uint8 [...] → float32 [bytes · 2]. */
function unpackGroups(codes: Tensor): Tensor {
  const pairs = new Float32Array(512);
  for (let byte = 0; byte < 256; byte++) pairs.set([(byte & 15) - 8, (byte >> 4) - 8], 2 * byte);
  const table = constant({ dtype: "float32", shape: [256, 2], data: pairs });
  return flatten(gather(table, cast(flatten(codes), "int32")));
}

/** Numbers times the scale of their block; a last short block and a filler nibble are cut off. */
function scaleBlocks(numbers: Tensor, scales: Tensor, blockSize: number, shape: readonly [number, number]): Tensor {
  const size = shape[0] * shape[1];
  const blocks = scales.shape[0] as number;
  if (blocks * blockSize < size)
    throw new ArgumentError("scales", blocks, `at least ${Math.ceil(size / blockSize)} blocks`);
  const present = numbers.shape[0] as number;
  const whole = blocks * blockSize;
  const padded = whole === present ? numbers : pad(numbers, { pads: [[0, whole - present]] });
  const scaled = flatten(mul(reshape(padded, [blocks, blockSize]), unsqueeze(scales, 1)));
  const exact = whole === size ? scaled : slice(scaled, { axes: [0], starts: [0], ends: [size] });
  return reshape(exact, shape);
}

/** Codes of a 256-entry codebook, scaled by block, as float32 of this shape: the state of 8-bit optimisers. */
export function dequantizeBlocks(
  codes: Tensor,
  absmax: Tensor,
  { codebook, blockSize, shape }: { codebook: Codebook; blockSize: number; shape: readonly number[] },
): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const table = constant({ dtype: "float32", shape: [codebook.length], data: codebook });
  const numbers = gather(table, cast(codes, "int32"));
  return reshape(scaleBlocks(numbers, absmax, blockSize, [1, size]), shape);
}
