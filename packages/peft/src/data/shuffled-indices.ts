import type { Rng } from "@loam/core";

/** 0…n−1 in the order in which `rng.shuffle` would put them, at 4 bytes each. */
export function shuffledIndices(n: number, rng: Rng): Uint32Array {
  const indices = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const other = indices[i]!;
    indices[i] = indices[j]!;
    indices[j] = other;
  }
  return indices;
}
