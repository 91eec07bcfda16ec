import { readSafetensors, toFloat32 } from "@loam/formats";

/** Golden tensors by name: floats with shapes, and id matrices as rows. */
export async function readGolden(path: string) {
  const { tensors } = await readSafetensors(path);
  const get = (name: string) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`${path} has no ${name}`);
    return tensor;
  };
  return {
    names: [...tensors.keys()],
    has: (name: string) => tensors.has(name),
    shape: (name: string) => get(name).shape,
    floats: (name: string) => toFloat32(get(name).dtype, get(name).data),
    rows(name: string): number[][] {
      const { data, shape } = get(name);
      const numbers = Array.from(data as Iterable<number | bigint>, Number);
      return Array.from({ length: shape[0]! }, (_, i) => numbers.slice(i * shape[1]!, (i + 1) * shape[1]!));
    },
  };
}

/** The largest difference, over the largest expected magnitude, where `keep` holds; entries come in runs of `width`. */
export function relativeError(
  found: Float32Array,
  expected: Float32Array,
  keep: readonly boolean[],
  width: number,
): number {
  if (found.length !== expected.length) throw new Error(`${found.length} numbers, expected ${expected.length}`);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!keep[Math.floor(i / width) % keep.length]) continue;
    const d = Math.abs(found[i]! - expected[i]!);
    if (!(d <= difference)) difference = d; // NaN is not hidden
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference / largest;
}
