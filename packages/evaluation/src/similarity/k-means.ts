import { type Rng, throwIfCancelled } from "@loam/core";

const starts = 5;
const rounds = 100;

/**
 * k-means (Lloyd 1982) from k-means++ centres (Arthur & Vassilvitskii 2007), the best of five starts.
 *
 * @returns the cluster of each vector, below `clusters`.
 * @throws {CancelledError}
 */
export function nearestCentres(
  vectors: readonly Float32Array[],
  clusters: number,
  { rng, signal }: { rng: Rng; signal?: AbortSignal },
): number[] {
  let best = { labels: [] as number[], inertia: Number.POSITIVE_INFINITY };
  for (let start = 0; start < starts; start++) {
    let centres = spreadCentres(vectors, clusters, rng);
    let found = assign(vectors, centres);
    for (let round = 0; round < rounds; round++) {
      throwIfCancelled(signal, "clustering");
      centres = means(vectors, found.labels, centres);
      const next = assign(vectors, centres);
      const settled = next.inertia >= found.inertia * (1 - 1e-6);
      found = next;
      if (settled) break;
    }
    if (found.inertia < best.inertia) best = found;
  }
  return best.labels;
}

/** Each centre is a vector, drawn by its squared distance from those before. */
function spreadCentres(vectors: readonly Float32Array[], clusters: number, rng: Rng): Float64Array[] {
  const centres = [Float64Array.from(vectors[rng.integer(vectors.length)]!)];
  const nearest = new Float64Array(vectors.length).fill(Number.POSITIVE_INFINITY);
  while (centres.length < clusters) {
    let total = 0;
    for (const [i, vector] of vectors.entries()) {
      nearest[i] = Math.min(nearest[i]!, squaredDistance(vector, centres.at(-1)!));
      total += nearest[i]!;
    }
    let left = rng.uniform() * total;
    let chosen = 0;
    while (chosen < vectors.length - 1 && left >= nearest[chosen]!) left -= nearest[chosen++]!;
    centres.push(Float64Array.from(vectors[chosen]!));
  }
  return centres;
}

function assign(vectors: readonly Float32Array[], centres: readonly Float64Array[]) {
  let inertia = 0;
  const labels = vectors.map((vector) => {
    let [label, least] = [0, Number.POSITIVE_INFINITY];
    for (const [i, centre] of centres.entries()) {
      const distance = squaredDistance(vector, centre);
      if (distance < least) [label, least] = [i, distance];
    }
    inertia += least;
    return label;
  });
  return { labels, inertia };
}

/** A cluster that has lost all its vectors keeps its centre. */
function means(
  vectors: readonly Float32Array[],
  labels: readonly number[],
  before: readonly Float64Array[],
): Float64Array[] {
  const sums = before.map((centre) => new Float64Array(centre.length));
  const counts = new Float64Array(before.length);
  for (const [i, vector] of vectors.entries()) {
    const sum = sums[labels[i]!]!;
    counts[labels[i]!]!++;
    for (let d = 0; d < vector.length; d++) sum[d]! += vector[d]!;
  }
  return sums.map((sum, i) => (counts[i] === 0 ? before[i]! : sum.map((value) => value / counts[i]!)));
}

function squaredDistance(vector: Float32Array, centre: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < vector.length; d++) sum += (vector[d]! - centre[d]!) ** 2;
  return sum;
}
