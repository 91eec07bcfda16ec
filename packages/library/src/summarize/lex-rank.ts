/** Sentences less alike than this share no edge (Erkan and Radev 2004 §3.2). */
const threshold = 0.1;
const damping = 0.85;

/** A sentence as terms with weights, of length 1. */
export type TermVector = ReadonlyMap<string, number>;

/** TF-IDF vectors of sentences, given as their terms; idf is taken over the sentences themselves. */
export function termVectors(sentences: readonly (readonly string[])[]): TermVector[] {
  const frequency = new Map<string, number>();
  for (const terms of sentences) for (const term of new Set(terms)) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  return sentences.map((terms) => {
    const vector = new Map<string, number>();
    for (const term of terms) {
      vector.set(term, (vector.get(term) ?? 0) + Math.log(1 + sentences.length / frequency.get(term)!));
    }
    const length = Math.hypot(...vector.values()) || 1;
    for (const [term, weight] of vector) vector.set(term, weight / length);
    return vector;
  });
}

/** Cosine of two sentences, in [0, 1]. */
export function similarity(a: TermVector, b: TermVector): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [term, weight] of small) sum += weight * (large.get(term) ?? 0);
  return sum;
}

/**
 * Continuous LexRank (Erkan and Radev 2004, doi:10.1613/jair.1523): how central each sentence is in the graph of
 * their similarities. In [0, 1], 1 for the most central.
 */
export function lexRank(vectors: readonly TermVector[]): Float64Array {
  const n = vectors.length;
  const edges = vectors.map(() => [] as { to: number; weight: number }[]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const weight = similarity(vectors[i]!, vectors[j]!);
      if (weight < threshold) continue;
      edges[i]!.push({ to: j, weight });
      edges[j]!.push({ to: i, weight });
    }
  const totals = edges.map((own) => own.reduce((sum, { weight }) => sum + weight, 0));
  let rank = new Float64Array(n).fill(1 / n);
  for (let round = 0; round < 100; round++) {
    const next = new Float64Array(n).fill((1 - damping) / n);
    for (let i = 0; i < n; i++)
      for (const { to, weight } of edges[i]!) next[to]! += (damping * rank[i]! * weight) / totals[i]!;
    const change = next.reduce((sum, value, i) => sum + Math.abs(value - rank[i]!), 0);
    rank = next;
    if (change < 1e-6) break;
  }
  const highest = Math.max(...rank) || 1;
  return rank.map((value) => value / highest);
}
