import { ArgumentError } from "@loam/core";
import { type Codebook, nearestCode } from "./codes.ts";

/** Numbers in blocks: each is codebook[code] × the largest absolute value of its block. */
export interface Blockwise {
  codes: Uint8Array;
  /** One per block. */
  absmax: Float32Array;
  blockSize: number;
}

/**
 * Rounds blocks of numbers to a codebook, byte for byte as bitsandbytes does.
 *
 * @throws {ArgumentError} unless blockSize is a positive integer.
 */
export function quantizeBlockwise(
  x: Float32Array,
  { codebook, blockSize }: { codebook: Codebook; blockSize: number },
): Blockwise {
  if (!Number.isInteger(blockSize) || blockSize < 1)
    throw new ArgumentError("blockSize", blockSize, "a positive integer");
  const nearest = nearestCode(codebook);
  const codes = new Uint8Array(x.length);
  const absmax = new Float32Array(Math.ceil(x.length / blockSize));
  for (let block = 0; block < absmax.length; block++) {
    const [start, end] = [block * blockSize, Math.min(x.length, (block + 1) * blockSize)];
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(x[i]!));
    absmax[block] = largest;
    // The reference multiplies whole blocks by the reciprocal and divides a short last one; bytes depend on it.
    const reciprocal = Math.fround(1 / largest);
    const whole = end - start === blockSize;
    for (let i = start; i < end; i++) {
      codes[i] = nearest(largest === 0 ? 0 : whole ? Math.fround(x[i]! * reciprocal) : Math.fround(x[i]! / largest));
    }
  }
  return { codes, absmax, blockSize };
}

export function dequantizeBlockwise({ codes, absmax, blockSize }: Blockwise, codebook: Codebook): Float32Array {
  return Float32Array.from(codes, (code, i) => codebook[code]! * absmax[Math.floor(i / blockSize)]!);
}

/** 8-bit rows: int8 × (largest absolute value of the row / 127). */
export interface Rowwise {
  quantized: Int8Array;
  /** One per row. */
  absmax: Float32Array;
}

/** A matrix in 8 bits by row, as a checkpoint holds it. */
export interface Int8Matrix extends Rowwise {
  type: "int8";
  shape: readonly [rows: number, columns: number];
}

/** Rounds each row of a matrix [rows, columns] to 8 bits, halves to even. */
export function quantizeRowwise(x: Float32Array, rows: number): Rowwise {
  const columns = x.length / rows;
  const quantized = new Int8Array(x.length);
  const absmax = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const values = x.subarray(row * columns, (row + 1) * columns);
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    absmax[row] = largest;
    const scale = largest === 0 ? 0 : Math.fround(127 / largest);
    for (let i = 0; i < columns; i++) quantized[row * columns + i] = roundHalfToEven(Math.fround(values[i]! * scale));
  }
  return { quantized, absmax };
}

export function dequantizeRowwise({ quantized, absmax }: Rowwise): Float32Array {
  const columns = quantized.length / absmax.length;
  return Float32Array.from(quantized, (q, i) => q * Math.fround(absmax[Math.floor(i / columns)]! / 127));
}

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
