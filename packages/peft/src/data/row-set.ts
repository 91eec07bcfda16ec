import type { EncodedExample } from "./encode.ts";
import { type Batch, collate, collateJudged, collatePairs, packRows } from "./pack.ts";
import type { ExampleSource, RowStore } from "./row-store.ts";

/** Rows of a batch to be, each one example of a store or, packed, several. */
export class RowSet {
  readonly length: number;
  readonly #store: RowStore;
  /** Examples row after row; row r has those from `starts[r]` to `starts[r + 1]`, or just the r-th. */
  readonly #examples: Uint32Array;
  readonly #starts: Uint32Array | undefined;
  /** Whether rows are a preferred example and another. */
  readonly isPaired: boolean;
  /** Whether each row is an answer that was judged by itself. */
  readonly isJudged: boolean;
  /** Whether rows are questions; and then how many answers are written to each, of how many tokens at most. */
  readonly #answers: { answers: number; tokens: number } | undefined;
  /** First tokens that all examples of a row have in common and that stand in it once. */
  readonly #shared: Uint32Array | undefined;

  private constructor(
    store: RowStore,
    examples: Uint32Array,
    {
      starts,
      shared,
      isPaired = false,
      isJudged = false,
      answers,
    }: {
      starts?: Uint32Array;
      shared?: Uint32Array;
      isPaired?: boolean;
      isJudged?: boolean;
      answers?: { answers: number; tokens: number };
    } = {},
  ) {
    this.#answers = answers;
    this.#store = store;
    this.#examples = examples;
    this.#starts = starts;
    this.#shared = shared;
    this.isPaired = isPaired;
    this.isJudged = isJudged;
    this.length = starts ? starts.length - 1 : examples.length;
  }

  static single(store: RowStore, examples: Uint32Array): RowSet {
    return new RowSet(store, examples);
  }

  /** Answers that were judged one by one. */
  static judged(store: RowStore, examples: Uint32Array): RowSet {
    return new RowSet(store, examples, { isJudged: true });
  }

  /** Questions, to which so many answers are written. */
  static prompts(store: RowStore, examples: Uint32Array, answers: { answers: number; tokens: number }): RowSet {
    return new RowSet(store, examples, { answers });
  }

  /** Several examples in rows of at most `maxTokens`. */
  static packed(store: RowStore, examples: Uint32Array, maxTokens: number): RowSet {
    const rows = packRows(
      Array.from(examples, (example) => store.tokensOf(example)),
      maxTokens,
    );
    const starts = new Uint32Array(rows.length + 1);
    const members = new Uint32Array(examples.length);
    for (const [r, row] of rows.entries()) {
      for (const [k, i] of row.entries()) members[starts[r]! + k] = examples[i]!;
      starts[r + 1] = starts[r]! + row.length;
    }
    return new RowSet(store, members, { starts });
  }

  /** Examples 2i and 2i + 1 of the store in one row, for each i given. */
  static paired(store: RowStore, pairs: Uint32Array): RowSet {
    const examples = Uint32Array.from({ length: 2 * pairs.length }, (_, k) => 2 * pairs[k >> 1]! + (k & 1));
    const starts = Uint32Array.from({ length: pairs.length + 1 }, (_, r) => 2 * r);
    return new RowSet(store, examples, { starts, isPaired: true });
  }

  /**
   * Examples of the dataset that follow one another and begin alike, in rows of at most `maxTokens` in which that beginning
   * stands once.
   */
  static sharingPrefixes(store: RowStore, examples: Uint32Array, maxTokens: number): RowSet {
    const sorted = examples.toSorted();
    const starts = [0];
    const shared: number[] = [];
    let [tokens, common] = [0, 0];
    for (const [i, example] of sorted.entries()) {
      const length = store.tokensOf(example);
      const prefix = i === 0 ? 0 : sharedBetween(store, sorted[i - 1]!, example);
      const count = i - starts.at(-1)!;
      const next = count === 1 ? prefix : Math.min(common, prefix);
      // The row as it would be with this example: what was shared by more of them may be less now.
      const grown = tokens + length - count * next;
      if (count > 0 && next > 0 && grown <= maxTokens) common = next;
      else if (i > 0) {
        starts.push(i);
        shared.push(common);
        [tokens, common] = [0, 0];
      }
      tokens += length;
    }
    return new RowSet(store, sorted, {
      starts: Uint32Array.from([...starts, sorted.length]),
      shared: Uint32Array.from([...shared, common]),
    });
  }

  async read(row: number): Promise<EncodedExample[]> {
    const shared = this.#shared?.[row];
    const examples = await Promise.all(Array.from(this.#examplesOf(row), (example) => this.#store.read(example)));
    return shared ? examples.map((example) => ({ ...example, shared })) : examples;
  }

  /** Rows that were read as one batch, laid out as their kind wants it. */
  collate(rows: readonly (readonly EncodedExample[])[], options: { padId: number }): Batch {
    if (this.isPaired) return collatePairs(rows, options);
    return this.isJudged ? collateJudged(rows, options) : collate(rows, options);
  }

  /**
   * Of a pair, whose answers are padded to one length, twice the longer one's; of a judged answer, with its mismatched twin; of
   * a question, with all its answers as long as they may be.
   */
  tokensOf(row: number): number {
    if (this.#answers)
      return this.#answers.answers * (this.#store.tokensOf(this.#examplesOf(row)[0]!) + this.#answers.tokens);
    if (this.isJudged) return 2 * this.#store.tokensOf(this.#examplesOf(row)[0]!);
    if (this.isPaired) return 2 * Math.max(...this.#examplesOf(row).map((example) => this.#store.tokensOf(example)));
    const examples = this.#examplesOf(row);
    const shared = this.#shared?.[row] ?? 0;
    return examples.reduce((sum, example) => sum + this.#store.tokensOf(example), 0) - (examples.length - 1) * shared;
  }

  supervisedOf(row: number): number {
    if (this.#answers) return this.#answers.answers * this.#answers.tokens;
    return this.#examplesOf(row).reduce((sum, example) => sum + this.#store.supervisedOf(example), 0);
  }

  /** Tokens of all rows. */
  get tokens(): { all: number; supervised: number } {
    let [all, supervised] = [0, 0];
    for (let row = 0; row < this.length; row++) {
      all += this.tokensOf(row);
      supervised += this.supervisedOf(row);
    }
    return { all, supervised };
  }

  /** Tokens of the longest row. */
  longest(): number {
    let longest = 0;
    for (let row = 0; row < this.length; row++) longest = Math.max(longest, this.tokensOf(row));
    return longest;
  }

  sourcesOf(row: number): ExampleSource[] {
    return Array.from(this.#examplesOf(row), (example) => this.#store.sourceOf(example));
  }

  #examplesOf(row: number): Uint32Array {
    const starts = this.#starts;
    return starts ? this.#examples.subarray(starts[row]!, starts[row + 1]!) : this.#examples.subarray(row, row + 1);
  }
}

/** First tokens that two examples of the dataset and all between them have in common. */
function sharedBetween(store: RowStore, first: number, last: number): number {
  let shared = Number.POSITIVE_INFINITY;
  for (let example = first + 1; example <= last && shared > 0; example++)
    shared = Math.min(shared, store.sharedOf(example));
  return shared;
}
