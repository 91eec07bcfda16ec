import {
  codeWidth,
  createSlab,
  quantise,
  type ScanSlab,
  type Sections,
  slabRows,
  TermLists,
  whole,
} from "@loam/search";
import type { ChunkKind } from "@loam/store";
import { chunkRowId } from "./chunk-row-id.ts";
import { documentOf } from "./edition.ts";

export const chunkKinds = ["text", "figure", "table"] as const satisfies readonly ChunkKind[];

/** What a segment holds besides its arrays. */
export interface SegmentFacts {
  /** Editions of documents. */
  documents: readonly string[];
  dims: number;
  /** "Figure 3", by row, for the chunks of figures. */
  labels: readonly (readonly [row: number, label: string])[];
}

/**
 * The index over some documents that were ready when it was made. It never changes: a document that goes is dropped, which
 * only takes its rows out of what is found and counted.
 *
 * In memory lie the eight-bit codes, once they are asked for, and 25 bytes a row; words and exact vectors are read when
 * they are needed.
 */
export class Segment {
  readonly words: TermLists;
  /** Editions of documents. */
  readonly documents: readonly string[];
  readonly labels: SegmentFacts["labels"];
  readonly dims: number;
  readonly #sections: Sections;
  readonly #documentOf: Uint32Array;
  readonly #ordinals: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #firstPages: Uint32Array;
  readonly #lastPages: Uint32Array;
  readonly #live: Uint8Array;
  #liveRows: number;
  #liveLength: number;
  /** Of rows that are gone, by term. */
  readonly #goneOf = new Map<number, number>();
  #slabs: { slab: ScanSlab; scales: Float32Array; rows: number }[] | undefined;

  constructor(sections: Sections) {
    this.#sections = sections;
    const facts = JSON.parse(Buffer.from(whole<Uint8Array>(sections, "facts")).toString()) as SegmentFacts;
    this.documents = facts.documents;
    this.labels = facts.labels;
    this.dims = facts.dims;
    this.words = new TermLists(sections, "words");
    this.#documentOf = whole(sections, "documentOf");
    this.#ordinals = whole(sections, "ordinals");
    this.#kinds = whole(sections, "kinds");
    this.#firstPages = whole(sections, "firstPages");
    this.#lastPages = whole(sections, "lastPages");
    this.#live = new Uint8Array(this.size).fill(1);
    this.#liveRows = this.size;
    this.#liveLength = this.words.totalLength;
  }

  /** Rows, also those that are gone. */
  get size(): number {
    return this.#documentOf.length;
  }

  get liveRows(): number {
    return this.#liveRows;
  }

  /** The terms of all live rows together, with repeats. */
  get liveLength(): number {
    return this.#liveLength;
  }

  isLive(row: number): boolean {
    return this.#live[row] === 1;
  }

  /** Takes out the rows of documents, given by their place in `documents`. */
  drop(places: ReadonlySet<number>): void {
    for (let row = 0; row < this.size; row++) {
      if (this.#live[row] === 0 || !places.has(this.#documentOf[row]!)) continue;
      this.#live[row] = 0;
      this.#liveRows--;
      this.#liveLength -= this.words.lengths[row]!;
      for (const id of this.words.termsOf(row).ids) this.#goneOf.set(id, (this.#goneOf.get(id) ?? 0) + 1);
    }
  }

  /** How many live rows hold a term. */
  liveFrequency(id: number): number {
    return this.words.frequency(id) - (this.#goneOf.get(id) ?? 0);
  }

  /** The place of a row's document in `documents`. */
  placeOf(row: number): number {
    return this.#documentOf[row]!;
  }

  edition(row: number): string {
    return this.documents[this.#documentOf[row]!]!;
  }

  ordinal(row: number): number {
    return this.#ordinals[row]!;
  }

  /** The id of a row's chunk, as reading a document gives it. */
  chunkId(row: number): string {
    return chunkRowId(documentOf(this.edition(row)), this.#ordinals[row]!);
  }

  kind(row: number): ChunkKind {
    return chunkKinds[this.#kinds[row]!]!;
  }

  pages(row: number): [first: number, last: number] {
    return [this.#firstPages[row]!, this.#lastPages[row]!];
  }

  /** The exact vector of a row, or of several that follow each other. */
  vectors(row: number, rows = 1): Float32Array {
    return this.#sections.slice("vectors", row * this.dims, (row + rows) * this.dims);
  }

  /** Fills `dots` of its slabs for a query in eight bits; a step for each slab. */
  *scan(query: Float32Array): Generator<{ first: number; rows: number; dots: Int32Array; scales: Float32Array }> {
    const codes = new Int8Array(codeWidth(this.dims));
    quantise(query, codes);
    this.#slabs ??= this.#loadSlabs();
    for (const [i, { slab, scales, rows }] of this.#slabs.entries()) {
      slab.query.set(codes);
      slab.scan(rows);
      yield { first: i * slabRows, rows, dots: slab.dots, scales };
    }
  }

  /** Reads the codes, so that the first search does not. */
  *load(): Generator<void> {
    if (this.#slabs) return;
    const slabs = [];
    for (let first = 0; first < this.size; first += slabRows) {
      slabs.push(this.#loadSlab(first));
      yield;
    }
    this.#slabs = slabs;
  }

  #loadSlabs() {
    const slabs = [];
    for (let first = 0; first < this.size; first += slabRows) slabs.push(this.#loadSlab(first));
    return slabs;
  }

  #loadSlab(first: number) {
    const width = codeWidth(this.dims);
    const rows = Math.min(slabRows, this.size - first);
    const slab = createSlab(width, rows);
    this.#sections.copyInto("codes", first * width, slab.codes);
    return { slab, rows, scales: this.#sections.slice<Float32Array>("scales", first, first + rows) };
  }
}
