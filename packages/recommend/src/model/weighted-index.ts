import type { TermLists } from "@loam/search";

/** Saturation of repeated terms, and how far long rows are discounted. */
const [k1, b] = [1.2, 0.75];

/**
 * BM25 over rows whose terms have weights instead of counts, so that a tag given by a thousand readers counts more than
 * one given by two.
 */
export class WeightedIndex {
  readonly #lists: TermLists;

  constructor(lists: TermLists) {
    this.#lists = lists;
  }

  get size(): number {
    return this.#lists.size;
  }

  /** ln(1 + (N − n + ½) / (n + ½)), where n of N rows hold the term. */
  idf(term: string): number {
    const id = this.#lists.idOf(term);
    return this.#idf(id === undefined ? 0 : this.#lists.frequency(id));
  }

  /** The rows that hold a term, ascending. */
  rowsOf(term: string): Uint32Array {
    const id = this.#lists.idOf(term);
    return id === undefined ? new Uint32Array() : this.#lists.rowsOf(id).rows;
  }

  /** The BM25 score of every row, [size]; a term of the query counts by its weight. */
  score(query: Iterable<readonly [term: string, weight: number]>): Float64Array {
    const scores = new Float64Array(this.size);
    const { lengths, totalLength } = this.#lists;
    const average = totalLength / Math.max(1, this.size) || 1;
    for (const [term, queryWeight] of query) {
      const id = this.#lists.idOf(term);
      if (id === undefined) continue;
      const { rows, weights } = this.#lists.rowsOf(id);
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
    const ofRow = new Map<number, number>();
    let [dot, xx, yy] = [0, 0, 0];
    const { ids, weights } = this.#lists.termsOf(row);
    for (let i = 0; i < ids.length; i++) {
      ofRow.set(ids[i]!, weights[i]!);
      xx += (this.#idfOf(ids[i]!) * weights[i]!) ** 2;
    }
    const to = this.#lists.termsOf(other);
    for (let i = 0; i < to.ids.length; i++) {
      const idf = this.#idfOf(to.ids[i]!) ** 2;
      yy += idf * to.weights[i]! ** 2;
      dot += idf * to.weights[i]! * (ofRow.get(to.ids[i]!) ?? 0);
    }
    return dot === 0 ? 0 : dot / Math.sqrt(xx * yy);
  }

  #idfOf(id: number): number {
    return this.#idf(this.#lists.frequency(id));
  }

  #idf(rows: number): number {
    return Math.log(1 + (this.size - rows + 0.5) / (rows + 0.5));
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
