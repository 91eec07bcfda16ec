import { ArgumentError, type Rng } from "@loam/core";

/** Ways of making one tensor of several of the same size. */
export type Arithmetic = "linear" | "ties" | "dare_linear" | "dare_ties" | "magnitude_prune";

export interface ArithmeticOptions {
  /** Share of each tensor's entries that is kept, in [0, 1]; all that prunes needs it. */
  density?: number;
  /** Whether the sign of an entry is elected by the sum of the values or by their number. */
  majoritySign?: "total" | "frequency";
  /** Chooses what `dare_…` keeps. */
  rng: Rng;
}

/**
 * Combines tensors with weights, as `utils/merge_utils.py` of PEFT 0.21:
 * - `linear`: Σ wᵢtᵢ (task arithmetic, arXiv:2212.04089).
 * - `magnitude_prune`: the same of the entries of largest magnitude of each.
 * - `dare_linear` (arXiv:2311.03099): the same of entries chosen at random, divided by the density.
 * - `ties` (arXiv:2306.01708): of the largest entries, those that have the elected sign are averaged over their number;
 *   `dare_ties` prunes at random instead.
 *
 * An elected sign of a zero sum is plus, and entries that are zero have no sign, so they count for neither side.
 *
 * @throws {ArgumentError} unless density is from 0 to 1.
 */
export function combineTensors(
  how: Arithmetic,
  tensors: readonly Float32Array[],
  weights: readonly number[],
  { density, majoritySign = "total", rng }: ArithmeticOptions,
): Float32Array {
  if (how === "linear") return weightedSum(tensors, weights);
  if (density === undefined || !(density >= 0 && density <= 1))
    throw new ArgumentError("density", density, "a number from 0 to 1", `${how} keeps that share of the entries`);
  const kept = tensors.map((tensor) =>
    how.startsWith("dare") ? pruneAtRandom(tensor, density, rng) : pruneSmallest(tensor, density),
  );
  return how.endsWith("ties") ? disjointMerge(kept, weights, majoritySign) : weightedSum(kept, weights);
}

function weightedSum(tensors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  return Float32Array.from(tensors[0]!, (_, i) =>
    tensors.reduce((sum, tensor, k) => sum + tensor[i]! * weights[k]!, 0),
  );
}

/** Of equal magnitudes the first stay. */
function pruneSmallest(tensor: Float32Array, density: number): Float32Array {
  if (density >= 1) return tensor;
  const keep = Math.trunc(density * tensor.length);
  const order = Array.from(tensor, (_, i) => i).sort((a, b) => Math.abs(tensor[b]!) - Math.abs(tensor[a]!) || a - b);
  const pruned = new Float32Array(tensor.length);
  for (const i of order.slice(0, keep)) pruned[i] = tensor[i]!;
  return pruned;
}

function pruneAtRandom(tensor: Float32Array, density: number, rng: Rng): Float32Array {
  if (density >= 1) return tensor;
  return tensor.map((x) => (rng.uniform() < density ? x / density : 0));
}

function disjointMerge(
  tensors: readonly Float32Array[],
  weights: readonly number[],
  majoritySign: "total" | "frequency",
): Float32Array {
  return Float32Array.from(tensors[0]!, (_, i) => {
    const entries = tensors.map((tensor) => tensor[i]!);
    const elected = entries.reduce((sum, x) => sum + (majoritySign === "total" ? x : Math.sign(x)), 0) >= 0 ? 1 : -1;
    let [sum, count] = [0, 0];
    for (const [k, x] of entries.entries()) {
      if (Math.sign(x) !== elected) continue;
      sum += x * weights[k]!;
      count++;
    }
    return sum / Math.max(count, 1);
  });
}
