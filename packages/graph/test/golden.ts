import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DType, numbers, type Value, value } from "../src/index.ts";

/** The recorded numbers: `LOAM_GOLDEN` or the shared folder where there is one, else the subset kept here. */
const goldenFolder: string = [
  process.env.LOAM_GOLDEN,
  join(import.meta.dirname, "../../../../shared/golden"),
  join(import.meta.dirname, "../golden"),
].find((folder) => folder !== undefined && existsSync(folder))!;

export const readGolden = <T>(...path: string[]): T => JSON.parse(readFileSync(join(goldenFolder, ...path), "utf8"));

const dtypes: Record<string, DType> = { F32: "float32", I64: "int64", U8: "uint8", I8: "int8" };
const arrays = { float32: Float32Array, int64: BigInt64Array, uint8: Uint8Array, int8: Int8Array } as const;

/** Every tensor of a safetensors file. */
export function readTensors(...path: string[]): Map<string, Value> {
  const bytes = readFileSync(join(goldenFolder, ...path));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    bytes.toString("utf8", 8, 8 + headerLength),
  );
  const tensors = new Map<string, Value>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [start, end] = data_offsets.map((offset) => offset + 8 + headerLength) as [number, number];
    const data = new Uint8Array(bytes.subarray(start, end)).buffer; // aligned
    const type = dtypes[dtype]! as keyof typeof arrays;
    tensors.set(name, value(new arrays[type](data), shape, type));
  }
  return tensors;
}

/** The largest difference, relative to the largest expected number (at least 1e-6, so that zeros may differ by rounding). */
export function relativeDifference(actual: Value, expected: Value): number {
  const [a, b] = [numbers(actual), numbers(expected)];
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const scale = b.reduce((largest, x) => (Number.isFinite(x) ? Math.max(largest, Math.abs(x)) : largest), 1e-6);
  return a.reduce((worst, x, i) => Math.max(worst, Object.is(x, b[i]) ? 0 : Math.abs(x - b[i]!) / scale), 0);
}
