import { ArgumentError } from "@loam/core";

/** A matrix in 4 bits with a scale per group of neighbours in a row: w = (code - 8) · scale, the first code low. */
export interface GroupedMatrix {
  shape: readonly [rows: number, columns: number];
  groupSize: number;
  packed: Uint8Array;
  /** One per group, row by row. */
  scales: Float32Array;
}

/**
 * Quantises in groups along rows, as GGML's Q4_0 does: the entry of largest magnitude becomes code 0 (-8 · scale).
 *
 * @param groupSize a power of two from 16 that divides the columns.
 * @throws {ArgumentError} unless groupSize is a power of two from 16 that divides the columns.
 */
export function quantizeGroups(
  weight: Float32Array,
  [rows, columns]: readonly [number, number],
  { groupSize = 32 }: { groupSize?: number } = {},
): GroupedMatrix {
  if (groupSize < 16 || (groupSize & (groupSize - 1)) !== 0 || columns % groupSize !== 0) {
    throw new ArgumentError("groupSize", groupSize, `a power of two from 16 that divides ${columns} columns`);
  }
  const packed = new Uint8Array(weight.length / 2);
  const scales = new Float32Array(weight.length / groupSize);
  for (let group = 0; group < scales.length; group++) {
    const values = weight.subarray(group * groupSize, (group + 1) * groupSize);
    const extreme = values.reduce((far, x) => (Math.abs(x) > Math.abs(far) ? x : far), 0);
    const scale = Math.fround(extreme / -8);
    scales[group] = scale;
    const code = (x: number) => (scale === 0 ? 8 : Math.min(15, Math.max(0, Math.floor(x / scale + 8.5))));
    for (let i = 0; i < groupSize; i += 2) {
      packed[(group * groupSize + i) / 2] = code(values[i]!) | (code(values[i + 1]!) << 4);
    }
  }
  return { shape: [rows, columns], groupSize, packed, scales };
}

export const dequantizeGroups = ({ packed, scales, groupSize }: GroupedMatrix): Float32Array =>
  Float32Array.from({ length: packed.length * 2 }, (_, i) => {
    const code = i % 2 === 0 ? packed[i >> 1]! & 15 : packed[i >> 1]! >> 4;
    return (code - 8) * scales[Math.floor(i / groupSize)]!;
  });
