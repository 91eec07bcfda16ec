import { TopK } from "./top-k.ts";
import { searchTerms } from "./words.ts";

/** Saturation of repeated terms. */
const k1 = 1.2;
/** How far long texts are discounted, 0 not at all, 1 fully. */
const b = 0.75;

/** Rows that hold a term, and how often; a row that was removed stays until the list is rewritten. */
interface Postings {
  rows: Uint32Array;
  counts: Uint8Array;
  length: number;
  /** Rows that are still there: the document frequency. */
  live: number;
}

/**
 * Keyword search by Okapi BM25 (Robertson and Zaragoza 2009), k1 = 1.2, b = 0.75, with the idf that stays positive:
 * ln(1 + (N − n + ½) / (n + ½)). Terms are those of {@link searchTerms}. Rows are numbered by the caller.
 */
export class KeywordIndex {
  readonly #postings = new Map<string, Postings>();
  /** The distinct terms of a row, so that it can be removed. */
  readonly #termsOf: (string[] | undefined)[] = [];
  #lengths = new Float32Array(1024);
  #totalLength = 0;
  #size = 0;
  #dead = 0;
  #scores = new Float32Array(1024);

  get size(): number {
    return this.#size;
  }

  add(row: number, text: string): void {
    // A row number that is used again would revive its old postings.
    if (this.#lengths[row] === -1) this.#sweep();
    const counts = new Map<string, number>();
    const terms = searchTerms(text);
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    this.#grow(row + 1);
    this.#termsOf[row] = [...counts.keys()];
    this.#lengths[row] = terms.length;
    this.#totalLength += terms.length;
    this.#size++;
    for (const [term, count] of counts) append(this.#postingsOf(term), row, Math.min(count, 255));
  }

  remove(row: number): void {
    const terms = this.#termsOf[row];
    if (!terms) return;
    for (const term of terms) this.#postings.get(term)!.live--;
    this.#totalLength -= this.#lengths[row]!;
    this.#lengths[row] = -1;
    this.#termsOf[row] = undefined;
    this.#size--;
    if (++this.#dead > 1024 && this.#dead > this.#size / 4) this.#sweep();
  }

  /** How much a term tells: ln(1 + (N − n + ½) / (n + ½)), where n of N rows hold it; a new term counts as held once. */
  idf(term: string): number {
    const n = Math.max(1, this.#postings.get(term)?.live ?? 0);
    return Math.log(1 + (this.#size - n + 0.5) / (n + 0.5));
  }

  /** Whether any row holds the term. */
  has(term: string): boolean {
    return (this.#postings.get(term)?.live ?? 0) > 0;
  }

  /** The k rows that answer the query best, best first; rows that share no term with it are not among them. */
  search(
    query: string,
    { k, allows }: { k: number; allows?: (row: number) => boolean },
  ): { row: number; score: number }[] {
    const scores = this.#scores;
    scores.fill(0);
    const averageLength = Math.max(1, this.#totalLength / Math.max(1, this.#size));
    for (const term of new Set(searchTerms(query))) {
      const postings = this.#postings.get(term);
      if (!postings || postings.live === 0) continue;
      const idf = this.idf(term);
      for (let i = 0; i < postings.length; i++) {
        const row = postings.rows[i]!;
        const length = this.#lengths[row]!;
        if (length < 0) continue;
        const count = postings.counts[i]!;
        scores[row]! += (idf * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / averageLength));
      }
    }
    const best = new TopK(k);
    for (let row = 0; row < this.#termsOf.length; row++) {
      const score = scores[row]!;
      if (score > 0 && score > best.threshold && (!allows || allows(row))) best.offer(row, score);
    }
    return best.sorted().map(({ id, score }) => ({ row: id, score }));
  }

  #postingsOf(term: string): Postings {
    let postings = this.#postings.get(term);
    if (!postings) {
      postings = { rows: new Uint32Array(2), counts: new Uint8Array(2), length: 0, live: 0 };
      this.#postings.set(term, postings);
    }
    return postings;
  }

  #grow(rows: number): void {
    if (rows <= this.#lengths.length) return;
    const capacity = Math.max(rows, this.#lengths.length * 2);
    const lengths = new Float32Array(capacity);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
    this.#scores = new Float32Array(capacity);
  }

  /** Rewrites the postings without the rows that are gone. */
  #sweep(): void {
    for (const [term, postings] of this.#postings) {
      let kept = 0;
      for (let i = 0; i < postings.length; i++) {
        if (this.#lengths[postings.rows[i]!]! < 0) continue;
        postings.rows[kept] = postings.rows[i]!;
        postings.counts[kept++] = postings.counts[i]!;
      }
      postings.length = kept;
      if (kept === 0) this.#postings.delete(term);
    }
    for (let row = 0; row < this.#lengths.length; row++) if (this.#lengths[row] === -1) this.#lengths[row] = 0;
    this.#dead = 0;
  }
}

function append(postings: Postings, row: number, count: number): void {
  if (postings.length === postings.rows.length) {
    const rows = new Uint32Array(postings.length * 2);
    rows.set(postings.rows);
    const counts = new Uint8Array(postings.length * 2);
    counts.set(postings.counts);
    postings.rows = rows;
    postings.counts = counts;
  }
  postings.rows[postings.length] = row;
  postings.counts[postings.length++] = count;
  postings.live++;
}
