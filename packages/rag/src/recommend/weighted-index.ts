/** Saturation of repeated terms, and how far long rows are discounted. */
const [k1, b] = [1.2, 0.75];

interface Postings {
  rows: number[];
  weights: number[];
}

/**
 * BM25 over rows whose terms have weights instead of counts, so that a tag given by a thousand readers counts more than
 * one given by two. Rows are numbered in the order they are added.
 */
export class WeightedIndex {
  readonly #postings = new Map<string, Postings>();
  readonly #lengths: number[] = [];
  #totalLength = 0;
  readonly #idfs = new Map<string, number>();

  get size(): number {
    return this.#lengths.length;
  }

  add(terms: ReadonlyMap<string, number>): void {
    this.#idfs.clear();
    const row = this.#lengths.length;
    let length = 0;
    for (const [term, weight] of terms) {
      length += weight;
      let postings = this.#postings.get(term);
      if (!postings) this.#postings.set(term, (postings = { rows: [], weights: [] }));
      postings.rows.push(row);
      postings.weights.push(weight);
    }
    this.#lengths.push(length);
    this.#totalLength += length;
  }

  has(term: string): boolean {
    return this.#postings.has(term);
  }

  /** ln(1 + (N − n + ½) / (n + ½)), where n of N rows hold the term. */
  idf(term: string): number {
    let idf = this.#idfs.get(term);
    if (idf !== undefined) return idf;
    const postings = this.#postings.get(term);
    const n = postings?.rows.length ?? 0;
    idf = Math.log(1 + (this.size - n + 0.5) / (n + 0.5));
    // Terms of queries alone would grow without end.
    if (postings) this.#idfs.set(term, idf);
    return idf;
  }

  /** The BM25 score of every row, [size]; a term of the query counts by its weight. */
  score(query: Iterable<readonly [term: string, weight: number]>): Float64Array {
    const scores = new Float64Array(this.size);
    const average = this.#totalLength / Math.max(1, this.size) || 1;
    for (const [term, queryWeight] of query) {
      const postings = this.#postings.get(term);
      if (!postings) continue;
      const scale = queryWeight * this.idf(term) * (k1 + 1);
      for (let i = 0; i < postings.rows.length; i++) {
        const row = postings.rows[i]!;
        const weight = postings.weights[i]!;
        scores[row]! += (scale * weight) / (weight + k1 * (1 - b + (b * this.#lengths[row]!) / average));
      }
    }
    return scores;
  }

  /** Cosine of two bags of terms, each term weighted by its idf; 0 when one is empty. */
  cosine(x: ReadonlyMap<string, number>, y: ReadonlyMap<string, number>): number {
    let [dot, xx, yy] = [0, 0, 0];
    for (const [term, weight] of x) {
      const idf = this.idf(term) ** 2;
      xx += idf * weight * weight;
      dot += idf * weight * (y.get(term) ?? 0);
    }
    for (const [term, weight] of y) yy += this.idf(term) ** 2 * weight * weight;
    return dot === 0 ? 0 : dot / Math.sqrt(xx * yy);
  }
}
