import { GrowingArray } from "@loam/core";
import { eachKeptKey, keptRow, RowTable } from "./row-table.ts";
import { MemorySections, type Sections, type Values, whole } from "./sections.ts";

/** Weights as they are kept: floats, or counts up to 255. */
type Weights = Float32Array | Uint8Array;

/**
 * Which rows hold which terms, how heavily, and the other way round. Only what is asked for is read from the sections: a
 * term's rows, a row's terms; of the whole only where each list begins and how long the rows are.
 */
export class TermLists {
  readonly #sections: Sections;
  readonly #name: string;
  #starts: Uint32Array | undefined;
  #rowStarts: Uint32Array | undefined;
  #lengths: Float32Array | undefined;
  #totalLength: number | undefined;

  constructor(sections: Sections, name: string) {
    this.#sections = sections;
    this.#name = name;
  }

  /** Rows, also those without a term. */
  get size(): number {
    return this.#sections.length(`${this.#name}.lengths`);
  }

  /** Distinct terms. */
  get vocabulary(): number {
    return this.#sections.length(`${this.#name}.starts`) - 1;
  }

  /** The sum of the weights of a row's terms, [size]. */
  get lengths(): Float32Array {
    return (this.#lengths ??= whole(this.#sections, `${this.#name}.lengths`));
  }

  get totalLength(): number {
    return (this.#totalLength ??= this.lengths.reduce((sum, length) => sum + length, 0));
  }

  idOf(term: string): number | undefined {
    return keptRow(this.#sections, `${this.#name}.terms`, term);
  }

  /** How many rows hold a term. */
  frequency(id: number): number {
    const starts = this.#termStarts();
    return starts[id + 1]! - starts[id]!;
  }

  /** The rows that hold a term, ascending, with its weights there. */
  rowsOf(id: number): { rows: Uint32Array; weights: Weights } {
    const starts = this.#termStarts();
    const [from, to] = [starts[id]!, starts[id + 1]!];
    return {
      rows: this.#sections.slice(`${this.#name}.rows`, from, to),
      weights: this.#sections.slice(`${this.#name}.weights`, from, to),
    };
  }

  /** The terms of a row with their weights. */
  termsOf(row: number): { ids: Uint32Array; weights: Weights } {
    this.#rowStarts ??= whole(this.#sections, `${this.#name}.rowStarts`);
    const [from, to] = [this.#rowStarts[row]!, this.#rowStarts[row + 1]!];
    return {
      ids: this.#sections.slice(`${this.#name}.rowTerms`, from, to),
      weights: this.#sections.slice(`${this.#name}.rowWeights`, from, to),
    };
  }

  /** The hashes by which terms are known, by id. */
  keys(): { homes: Uint32Array; marks: Uint32Array } {
    const [homes, marks] = [new Uint32Array(this.vocabulary), new Uint32Array(this.vocabulary)];
    for (const [id, home, mark] of eachKeptKey(this.#sections, `${this.#name}.terms`)) {
      homes[id] = home;
      marks[id] = mark;
    }
    return { homes, marks };
  }

  #termStarts(): Uint32Array {
    return (this.#starts ??= whole(this.#sections, `${this.#name}.starts`));
  }
}

/** Gathers the terms of rows, numbered in the order they are added; 8 bytes an entry, no objects. */
export class TermListsBuilder {
  readonly #vocabulary = new RowTable();
  readonly #starts = new GrowingArray(Uint32Array);
  readonly #terms = new GrowingArray(Uint32Array);
  readonly #weights = new GrowingArray(Float32Array);
  readonly #lengths = new GrowingArray(Float32Array);

  get size(): number {
    return this.#lengths.length;
  }

  add(terms: ReadonlyMap<string, number>): void {
    this.#starts.push(this.#terms.length);
    let length = 0;
    for (const [term, weight] of terms) {
      length += weight;
      this.#terms.push(this.#vocabulary.rowOf(term, this.#vocabulary.size));
      this.#weights.push(weight);
    }
    this.#lengths.push(length);
  }

  /** Says how rows of other lists are added to these. */
  from(lists: TermLists): (row: number) => void {
    const { homes, marks } = lists.keys();
    const own = Uint32Array.from(homes, (home, id) =>
      this.#vocabulary.rowOfHashes(home, marks[id]!, this.#vocabulary.size),
    );
    return (row) => {
      this.#starts.push(this.#terms.length);
      const { ids, weights } = lists.termsOf(row);
      for (let i = 0; i < ids.length; i++) {
        this.#terms.push(own[ids[i]!]!);
        this.#weights.push(weights[i]!);
      }
      this.#lengths.push(lists.lengths[row]!);
    };
  }

  /** The arrays of {@link TermLists} under a name; `counts` keeps weights in a byte each. */
  arrays(name: string, { counts = false }: { counts?: boolean } = {}): Map<string, Values> {
    const terms = this.#terms.values().slice();
    const rowWeights = counts
      ? Uint8Array.from(this.#weights.values(), (weight) => Math.min(255, weight))
      : this.#weights.values().slice();
    const rowStarts = new Uint32Array(this.size + 1);
    rowStarts.set(this.#starts.values());
    rowStarts[this.size] = terms.length;
    const { starts, rows, weights } = turned(rowStarts, terms, rowWeights, this.#vocabulary.size);
    return new Map<string, Values>([
      [`${name}.terms`, this.#vocabulary.slots],
      [`${name}.starts`, starts],
      [`${name}.rows`, rows],
      [`${name}.weights`, weights],
      [`${name}.rowStarts`, rowStarts],
      [`${name}.rowTerms`, terms],
      [`${name}.rowWeights`, rowWeights],
      [`${name}.lengths`, this.#lengths.values().slice()],
    ]);
  }

  /** What was added, to be asked. */
  lists(): TermLists {
    return new TermLists(new MemorySections(this.arrays("lists")), "lists");
  }
}

/** Terms by row as rows by term, by counting. */
function turned(rowStarts: Uint32Array, terms: Uint32Array, rowWeights: Weights, vocabulary: number) {
  const starts = new Uint32Array(vocabulary + 1);
  for (const id of terms) starts[id + 1]!++;
  for (let id = 0; id < vocabulary; id++) starts[id + 1]! += starts[id]!;
  const rows = new Uint32Array(terms.length);
  const weights = rowWeights instanceof Uint8Array ? new Uint8Array(terms.length) : new Float32Array(terms.length);
  const next = starts.slice();
  for (let row = 0; row + 1 < rowStarts.length; row++) {
    for (let i = rowStarts[row]!; i < rowStarts[row + 1]!; i++) {
      const at = next[terms[i]!]!++;
      rows[at] = row;
      weights[at] = rowWeights[i]!;
    }
  }
  return { starts, rows, weights };
}
