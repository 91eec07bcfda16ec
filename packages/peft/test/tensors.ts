import { readSafetensors, toFloat32 } from "@loam/core";
import type { TensorValue } from "../src/method.ts";

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
