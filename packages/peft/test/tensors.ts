import { Rng } from "@loam/core";
import { readSafetensors, toFloat32 } from "@loam/formats";
import type { AdapterTensors, TensorValue } from "../src/layers/method.ts";

/** All tensors of a file as float32. */
export async function readTensors(path: string): Promise<Record<string, TensorValue>> {
  const { tensors } = await readSafetensors(path);
  return Object.fromEntries(
    [...tensors].map(([key, { dtype, shape, data }]) => [key, { shape, data: toFloat32(dtype, data) }]),
  );
}

/** The largest |a − b|. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** Tensors moved by chance, such as fresh ones away from the identity; some may be left where they are. */
export function moved(
  tensors: AdapterTensors<TensorValue>,
  { seed = 7, by = 0.1, except = () => false }: { seed?: number; by?: number; except?: (key: string) => boolean } = {},
): Record<string, TensorValue> {
  const rng = new Rng(seed);
  return Object.fromEntries(
    Object.entries(tensors).map(([key, { shape, data }]) => [
      key,
      { shape, data: except(key) ? data : data.map((x) => x + by * rng.normal()) },
    ]),
  );
}
