import { fMeasure, type PrfScore } from "../scores/prf.ts";

/** One side of a comparison. */
export interface TokenVectors {
  /** [T, C], unit length. */
  vectors: Float32Array;
  /** [T]; special tokens weigh 0. */
  weights: Float64Array;
  /** Whether there is a token besides the special ones. */
  empty: boolean;
}

/** The best partner of one token on the other side. */
export interface TokenMatch {
  match: number;
  cosine: number;
  weight: number;
}

export interface GreedyMatching {
  score: PrfScore;
  /** One per hypothesis token. */
  hypothesis: TokenMatch[];
  /** One per reference token. */
  reference: TokenMatch[];
}

/**
 * BERTScore's greedy matching (arXiv:1904.09675 §3): each token takes the most similar one of the other side; precision is
 * the weighted mean over the hypothesis, recall over the reference. In [−1, 1], higher is better; an empty side scores 0.
 *
 * Tokens of weight 0 (special tokens) can be matched, as in `bert_score`. Where all weights of a side are 0, which idf
 * weighting can lead to, its mean is NaN and F is 0, again as in `bert_score`.
 */
export function greedyMatching(hypothesis: TokenVectors, reference: TokenVectors, dimensions: number): GreedyMatching {
  const rows = hypothesis.weights.length;
  const columns = reference.weights.length;
  const left: TokenMatch[] = Array.from(hypothesis.weights, (weight) => ({ match: -1, cosine: -Infinity, weight }));
  const right: TokenMatch[] = Array.from(reference.weights, (weight) => ({ match: -1, cosine: -Infinity, weight }));
  const cosines = cosineTable(hypothesis.vectors, reference.vectors, dimensions);
  for (let i = 0; i < rows; i++) {
    const mine = left[i]!;
    for (let j = 0; j < columns; j++) {
      const cosine = cosines[i * columns + j]!;
      const other = right[j]!;
      if (cosine > mine.cosine) [mine.match, mine.cosine] = [j, cosine];
      if (cosine > other.cosine) [other.match, other.cosine] = [i, cosine];
    }
  }
  const nothing = hypothesis.empty || reference.empty;
  const precision = nothing ? 0 : weightedMean(left);
  const recall = nothing ? 0 : weightedMean(right);
  // Not the F of non-negative scores: cosines can be negative, and the reference divides all the same.
  const f = nothing ? 0 : (2 * precision * recall) / (precision + recall);
  return {
    score: { precision, recall, f: Number.isFinite(f) ? f : fMeasure(0, 0) },
    hypothesis: left,
    reference: right,
  };
}

/** Cosine of every token of one side with every token of the other: [T, C] × [U, C] → [T, U]. */
export function cosineTable(left: Float32Array, right: Float32Array, dimensions: number): Float64Array {
  const rows = left.length / dimensions;
  const columns = right.length / dimensions;
  const table = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const x = left.subarray(i * dimensions, (i + 1) * dimensions);
    for (let j = 0; j < columns; j++) {
      const start = j * dimensions;
      // Four sums, so that additions need not wait for each other.
      let [a, b, c, d] = [0, 0, 0, 0];
      let k = 0;
      for (; k + 3 < dimensions; k += 4) {
        a += x[k]! * right[start + k]!;
        b += x[k + 1]! * right[start + k + 1]!;
        c += x[k + 2]! * right[start + k + 2]!;
        d += x[k + 3]! * right[start + k + 3]!;
      }
      for (; k < dimensions; k++) a += x[k]! * right[start + k]!;
      table[i * columns + j] = a + b + (c + d);
    }
  }
  return table;
}

function weightedMean(matches: readonly TokenMatch[]): number {
  let [sum, total] = [0, 0];
  for (const { cosine, weight } of matches) {
    if (weight === 0) continue;
    sum += weight * cosine;
    total += weight;
  }
  return sum / total;
}
