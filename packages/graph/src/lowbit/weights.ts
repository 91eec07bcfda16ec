import { ShapeError } from "@loam/core";
import { showShape } from "../tensor/dim.ts";
import { type Tensor, type WeightSource, weight } from "../tensor/tensor.ts";
import type { Int8Matrix } from "./blockwise.ts";
import type { FourBitMatrix, FourBitType } from "./four-bit.ts";
import type { GroupedMatrix } from "./grouped.ts";

/** Scales that are themselves kept in 8 bits: codes of the dynamic map × the largest absolute value of their block + offset. */
export interface NestedScales {
  /** uint8, one per block of weights. */
  codes: Tensor;
  /** float32, one per block of codes. */
  absmax: Tensor;
  blockSize: number;
  offset: number;
}

/** A matrix of low-bit weights [O, I] inside a graph. */
export interface LowBitTensors {
  /** How codes become numbers; all scale them by block. */
  format: FourBitType | "grouped" | "int8";
  shape: readonly [rows: number, columns: number];
  blockSize: number;
  /** uint8 codes, two in a byte for the 4-bit formats, or int8 numbers [O, I]. */
  codes: Tensor;
  /** float32, one per block, or what they are restored from each time they are needed. */
  scales: Tensor | NestedScales;
}

/** The largest block that `com.microsoft.MatMulBnb4` knows; bitsandbytes goes on to 4096. */
const largestBlock = 256;

/**
 * A 4-bit matrix as frozen tensors. Doubly quantised scales stay so; `source` says where the packed bytes lie in a file, if
 * they do.
 *
 * @throws {ShapeError} for anything but a matrix [O, I].
 */
export function fourBitWeight(name: string, matrix: FourBitMatrix, source?: WeightSource): LowBitTensors {
  const { packed, absmax, type, shape, blockSize, nested } = matrix;
  if (shape.length !== 2) throw new ShapeError("fourBitWeight", { got: showShape(shape), expected: "a matrix [O, I]" });
  // A large block is a row of small ones with the same scale.
  const parts = Math.max(1, blockSize / largestBlock);
  const count = Math.ceil((shape[0]! * shape[1]!) / (blockSize / parts));
  const owners = Array.from({ length: count }, (_, i) => Math.floor(i / parts));
  const vector = (suffix: string, dtype: "float32" | "uint8", data: Float32Array | Uint8Array) =>
    weight({ name: `${name}.${suffix}`, dtype, shape: [data.length], source: { data } });
  return {
    format: type,
    shape: shape as [number, number],
    blockSize: blockSize / parts,
    codes: weight({ name, dtype: "uint8", shape: [packed.length], source: source ?? { data: packed } }),
    scales: nested
      ? {
          codes: vector(
            "absmax",
            "uint8",
            parts === 1 ? nested.codes : Uint8Array.from(owners, (i) => nested.codes[i]!),
          ),
          absmax: vector("nested_absmax", "float32", nested.absmax),
          blockSize: nested.blockSize * parts,
          offset: nested.offset,
        }
      : vector("absmax", "float32", parts === 1 ? absmax : Float32Array.from(owners, (i) => absmax[i]!)),
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
  { quantized, absmax }: Pick<Int8Matrix, "quantized" | "absmax">,
): LowBitTensors {
  const shape = [absmax.length, quantized.length / absmax.length] as const;
  const scales = absmax.map((x) => x / 127);
  return {
    format: "int8",
    shape,
    blockSize: shape[1],
    codes: weight({ name, dtype: "int8", shape, source: { data: quantized } }),
    scales: weight({ name: `${name}.scales`, dtype: "float32", shape: [shape[0]], source: { data: scales } }),
  };
}
