import { ArgumentError, ShapeError } from "@loam/core";
import { showShape } from "../dim.ts";
import { microsoft } from "../onnx/emitter.ts";
import { after } from "../primitives/after.ts";
import { cast, mul } from "../primitives/elementwise.ts";
import { gather } from "../primitives/indexing.ts";
import { flatten, pad, reshape, slice, unsqueeze } from "../primitives/layout.ts";
import { matmul } from "../primitives/matmul.ts";
import { constant, primitive, type Tensor, type WeightSource, weight } from "../tensor.ts";
import type { Codebook } from "./codes.ts";
import { type FourBitMatrix, type FourBitType, fourBitCodebooks } from "./four-bit.ts";
import type { GroupedMatrix } from "./grouped.ts";

/** A matrix of low-bit weights [O, I] inside a graph. */
export interface LowBitTensors {
  /** How codes become numbers; all scale them by block. */
  format: FourBitType | "grouped" | "int8";
  shape: readonly [rows: number, columns: number];
  blockSize: number;
  /** uint8 codes, two in a byte for the 4-bit formats, or int8 numbers. */
  codes: Tensor;
  /** float32, one per block. */
  scales: Tensor;
}

/** A 4-bit matrix as frozen tensors; `source` says where its packed bytes lie in a file, if they do. */
export function fourBitWeight(name: string, matrix: FourBitMatrix, source?: WeightSource): LowBitTensors {
  const { packed, absmax, type, shape, blockSize } = matrix;
  if (shape.length !== 2) throw new ShapeError("fourBitWeight", { got: showShape(shape), expected: "a matrix [O, I]" });
  return {
    format: type,
    shape: shape as [number, number],
    blockSize,
    codes: weight({ name, dtype: "uint8", shape: [packed.length], source: source ?? { data: packed } }),
    scales: weight({ name: `${name}.absmax`, dtype: "float32", shape: [absmax.length], source: { data: absmax } }),
  };
}

/** A matrix quantised in groups along its rows, as frozen tensors. */
export function groupedWeight(name: string, { packed, scales, shape, groupSize }: GroupedMatrix): LowBitTensors {
  const [rows, columns] = shape;
  const groups = columns / groupSize;
  const codes = { name, dtype: "uint8", shape: [rows, groups, groupSize / 2], source: { data: packed } } as const;
  return {
    format: "grouped",
    shape,
    blockSize: groupSize,
    codes: weight(codes),
    scales: weight({ name: `${name}.scales`, dtype: "float32", shape: [rows * groups], source: { data: scales } }),
  };
}

/** A matrix of int8 rows, each with the largest absolute value that 127 stands for, as frozen tensors. */
export function rowwiseWeight(
  name: string,
  { quantized, absmax }: { quantized: Int8Array; absmax: Float32Array },
): LowBitTensors {
  const shape = [absmax.length, quantized.length / absmax.length] as const;
  const scales = absmax.map((x) => x / 127);
  return {
    format: "int8",
    shape,
    blockSize: shape[1],
    codes: weight({ name, dtype: "int8", shape: [quantized.length], source: { data: quantized } }),
    scales: weight({ name: `${name}.scales`, dtype: "float32", shape: [shape[0]], source: { data: scales } }),
  };
}

interface LowBitAttributes {
  format: LowBitTensors["format"];
  shape: readonly [number, number];
  blockSize: number;
}

const linearPrimitive = primitive<[x: Tensor, codes: Tensor, scales: Tensor], LowBitAttributes>("linear_low_bit", {
  shape: ([x], { shape: [rows, columns] }) => {
    if (x!.shape.at(-1) !== columns) {
      throw new ShapeError("linearLowBit", {
        got: `x ${showShape(x!.shape)} with a matrix [${rows}, ${columns}]`,
        expected: `x [..., ${columns}]`,
      });
    }
    return [...x!.shape.slice(0, -1), rows];
  },
  emit: (g, [x, codes, scales], { format, shape: [N, K], blockSize: block_size }, { inputs }) => {
    if (format === "grouped") {
      return g.op("MatMulNBits", [x!, codes!, scales!], { K, N, bits: 4, block_size, accuracy_level: 4 }, microsoft);
    }
    if (format === "nf4" || format === "fp4") {
      return g.op(
        "MatMulBnb4",
        [x!, codes!, scales!],
        { K, N, block_size, quant_type: format === "nf4" ? 1 : 0 },
        microsoft,
      );
    }
    const [given, packed, blockScales] = inputs as [Tensor, Tensor, Tensor];
    const tensors = {
      format,
      shape: [N, K] as const,
      blockSize: block_size,
      codes: packed,
      scales: after(blockScales, given),
    };
    return g.emit([matmul(given, dequantizeLowBit(tensors), { transposeB: true })])[0]!;
  },
  // dx = dy·W. The dependency on dy keeps the unpacked matrix from being made early, or for good.
  vjp: ([, codes, scales], dy, { format, shape, blockSize }) => {
    const matrix = dequantizeLowBit({ format, shape, blockSize, codes: codes!, scales: after(scales!, dy) });
    return [matmul(dy, matrix), undefined, undefined];
  },
});

/**
 * x·Wᵀ with low-bit weights, unpacked on the fly (one matrix at a time in the backward pass). No gradient flows into
 * the weights. Grouped weights multiply 8-bit activations.
 *
 * @param x [..., I]
 * @returns [..., O]
 */
export const linearLowBit = (x: Tensor, { codes, scales, format, shape, blockSize }: LowBitTensors): Tensor =>
  linearPrimitive(x, codes, scales, { format, shape, blockSize });

/** The float32 matrix [O, I] that low-bit weights stand for. */
export function dequantizeLowBit({ format, shape, blockSize, codes, scales }: LowBitTensors): Tensor {
  const numbers = format === "int8" ? cast(codes, "float32") : unpack(format, codes);
  return scaleBlocks(numbers, scales, blockSize, shape);
}

/** Looks both numbers of each byte up at once: uint8 [...] → float32 [bytes · 2]. */
function unpack(format: FourBitType | "grouped", codes: Tensor): Tensor {
  const pairs = new Float32Array(512);
  for (let byte = 0; byte < 256; byte++) {
    const [high, low] = [byte >> 4, byte & 15];
    const [first, second] =
      format === "grouped" ? [low - 8, high - 8] : [fourBitCodebooks[format][high]!, fourBitCodebooks[format][low]!];
    pairs.set([first, second], 2 * byte);
  }
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
  const padded = pad(numbers, { pads: [[0, blocks * blockSize - present]] });
  const scaled = flatten(mul(reshape(padded, [blocks, blockSize]), unsqueeze(scales, 1)));
  const exact = blocks * blockSize === size ? scaled : slice(scaled, { axes: [0], starts: [0], ends: [size] });
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
