import { GrowingArray } from "../items/growing-array.ts";

/** Saturation of repeated terms, and how far long rows are discounted. */
const [k1, b] = [1.2, 0.75];

/** Terms by row or rows by term: the entries of `i` are those from `starts[i]` to `starts[i + 1]`. */
interface Compressed {
  starts: Uint32Array;
  ids: Uint32Array;
  weights: Float32Array;
}

/**
 * BM25 over rows whose terms have weights instead of counts, so that a tag given by a thousand readers counts more than
 * one given by two. Rows are numbered in the order they are added; 16 bytes an entry, no objects.
 */
export class WeightedIndex {
  readonly #vocabulary = new Map<string, number>();
  readonly #starts = GrowingArray.uint32();
  readonly #terms = GrowingArray.uint32();
  readonly #weights = GrowingArray.float32();
  readonly #lengths = GrowingArray.float32();
  #totalLength = 0;
  #postings: Compressed | undefined;

  get size(): number {
    return this.#lengths.length;
  }

  add(terms: ReadonlyMap<string, number>): void {
    this.#postings = undefined;
    this.#starts.push(this.#terms.length);
    let length = 0;
    for (const [term, weight] of terms) {
      length += weight;
      let id = this.#vocabulary.get(term);
      if (id === undefined) this.#vocabulary.set(term, (id = this.#vocabulary.size));
      this.#terms.push(id);
      this.#weights.push(weight);
    }
    this.#lengths.push(length);
    this.#totalLength += length;
  }

  has(term: string): boolean {
    return this.#vocabulary.has(term);
  }

  /** ln(1 + (N − n + ½) / (n + ½)), where n of N rows hold the term. */
  idf(term: string): number {
    const id = this.#vocabulary.get(term);
    return id === undefined ? this.#idf(0) : this.#idfOf(id);
  }

  /** The rows that hold a term, ascending, with its weights there. */
  rowsOf(term: string): { rows: Uint32Array; weights: Float32Array } {
    const id = this.#vocabulary.get(term);
    if (id === undefined) return { rows: new Uint32Array(), weights: new Float32Array() };
    const { starts, ids, weights } = this.#byTerm();
    const [from, to] = [starts[id]!, starts[id + 1]!];
    return { rows: ids.subarray(from, to), weights: weights.subarray(from, to) };
  }

  /** The BM25 score of every row, [size]; a term of the query counts by its weight. */
  score(query: Iterable<readonly [term: string, weight: number]>): Float64Array {
    const scores = new Float64Array(this.size);
    const average = this.#totalLength / Math.max(1, this.size) || 1;
    const lengths = this.#lengths.values();
    for (const [term, queryWeight] of query) {
      const { rows, weights } = this.rowsOf(term);
      const scale = queryWeight * this.#idf(rows.length) * (k1 + 1);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        const weight = weights[i]!;
        scores[row]! += (scale * weight) / (weight + k1 * (1 - b + (b * lengths[row]!) / average));
      }
    }
    return scores;
  }

  /** See {@link weightedCosine}. */
  cosine(x: ReadonlyMap<string, number>, y: ReadonlyMap<string, number>): number {
    return weightedCosine(x, y, (term) => this.idf(term));
  }

  /** The cosine of two rows. */
  rowCosine(row: number, other: number): number {
    const weights = new Map<number, number>();
    let [dot, xx, yy] = [0, 0, 0];
    for (const [id, weight] of this.#entriesOf(row)) {
      weights.set(id, weight);
      xx += (this.#idfOf(id) * weight) ** 2;
    }
    for (const [id, weight] of this.#entriesOf(other)) {
      const idf = this.#idfOf(id) ** 2;
      yy += idf * weight * weight;
      dot += idf * weight * (weights.get(id) ?? 0);
    }
    return dot === 0 ? 0 : dot / Math.sqrt(xx * yy);
  }

  *#entriesOf(row: number): Generator<[id: number, weight: number]> {
    const [starts, terms, weights] = [this.#starts.values(), this.#terms.values(), this.#weights.values()];
    const end = starts[row + 1] ?? terms.length;
    for (let i = starts[row]!; i < end; i++) yield [terms[i]!, weights[i]!];
  }

  #idfOf(id: number): number {
    const { starts } = this.#byTerm();
    return this.#idf(starts[id + 1]! - starts[id]!);
  }

  #idf(rows: number): number {
    return Math.log(1 + (this.size - rows + 0.5) / (rows + 0.5));
  }

  /** The entries turned round, by counting: made with the first question after an addition. */
  #byTerm(): Compressed {
    if (this.#postings) return this.#postings;
    const [rowStarts, terms, termWeights] = [this.#starts.values(), this.#terms.values(), this.#weights.values()];
    const starts = new Uint32Array(this.#vocabulary.size + 1);
    for (const id of terms) starts[id + 1]!++;
    for (let id = 0; id < this.#vocabulary.size; id++) starts[id + 1]! += starts[id]!;
    const ids = new Uint32Array(terms.length);
    const weights = new Float32Array(terms.length);
    const next = starts.slice();
    for (let row = 0; row < this.size; row++) {
      const end = rowStarts[row + 1] ?? terms.length;
      for (let i = rowStarts[row]!; i < end; i++) {
        const at = next[terms[i]!]!++;
        ids[at] = row;
        weights[at] = termWeights[i]!;
      }
    }
    return (this.#postings = { starts, ids, weights });
  }
}

/** Cosine of two bags of terms, each term weighted by its idf; 0 when one is empty. */
export function weightedCosine(
  x: ReadonlyMap<string, number>,
  y: ReadonlyMap<string, number>,
  idf: (term: string) => number,
): number {
  let [dot, xx, yy] = [0, 0, 0];
  for (const [term, weight] of x) {
    const square = idf(term) ** 2;
    xx += square * weight * weight;
    dot += square * weight * (y.get(term) ?? 0);
  }
  for (const [term, weight] of y) yy += (idf(term) * weight) ** 2;
  return dot === 0 ? 0 : dot / Math.sqrt(xx * yy);
}
