import { GrowingArray } from "@loam/core";
import type { Values } from "@loam/search";
import { codeWidth, quantise, searchTerms, TermListsBuilder } from "@loam/search";
import type { ChunkKind } from "@loam/store";
import { chunkKinds, type Segment, type SegmentFacts } from "./segment.ts";

/** A chunk as the index knows it. */
export interface IndexedChunk {
  /** The edition of its document. */
  document: string;
  ordinal: number;
  kind: ChunkKind;
  pages: readonly [first: number, last: number];
  /** "Figure 3", for the chunks of a figure. */
  label?: string;
  text: string;
  vector: Float32Array;
}

/** Gathers chunks into the arrays of a {@link Segment}. */
export class SegmentBuilder {
  readonly dims: number;
  readonly #words = new TermListsBuilder();
  readonly #documents = new Map<string, number>();
  readonly #labels: [number, string][] = [];
  readonly #vectors = new GrowingArray(Float32Array);
  readonly #rows = {
    documentOf: new GrowingArray(Uint32Array),
    ordinals: new GrowingArray(Uint32Array),
    kinds: new GrowingArray(Uint32Array),
    firstPages: new GrowingArray(Uint32Array),
    lastPages: new GrowingArray(Uint32Array),
  };

  constructor(dims: number) {
    this.dims = dims;
  }

  get size(): number {
    return this.#words.size;
  }

  add({ text, vector, ...row }: IndexedChunk): void {
    const counts = new Map<string, number>();
    for (const term of searchTerms(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
    this.#addRow(row, vector);
    this.#words.add(counts);
  }

  /** Adds the live rows of a segment, a step for some of them. */
  *addAll(segment: Segment): Generator<void> {
    const addWords = this.#words.from(segment.words);
    const labels = new Map(segment.labels);
    for (let row = 0; row < segment.size; row++) {
      if (row % 64 === 0) yield;
      if (!segment.isLive(row)) continue;
      const facts = {
        document: segment.edition(row),
        ordinal: segment.ordinal(row),
        kind: segment.kind(row),
        pages: segment.pages(row),
        label: labels.get(row),
      };
      this.#addRow(facts, segment.vectors(row));
      addWords(row);
    }
  }

  #addRow(
    { document, ordinal, kind, pages, label }: Omit<IndexedChunk, "text" | "vector">,
    vector: Float32Array,
  ): void {
    const rows = this.#rows;
    let place = this.#documents.get(document);
    if (place === undefined) this.#documents.set(document, (place = this.#documents.size));
    if (label !== undefined) this.#labels.push([this.size, label]);
    rows.documentOf.push(place);
    rows.ordinals.push(ordinal);
    rows.kinds.push(chunkKinds.indexOf(kind));
    rows.firstPages.push(pages[0]);
    rows.lastPages.push(pages[1]);
    this.#vectors.append(vector);
  }

  arrays(): Map<string, Values> {
    const { dims, size } = this;
    const vectors = this.#vectors.values();
    const width = codeWidth(dims);
    const codes = new Int8Array(size * width);
    const scales = new Float32Array(size);
    for (let row = 0; row < size; row++)
      scales[row] = quantise(
        vectors.subarray(row * dims, (row + 1) * dims),
        codes.subarray(row * width, (row + 1) * width),
      );
    const facts: SegmentFacts = { documents: [...this.#documents.keys()], dims, labels: this.#labels };
    const { documentOf, ordinals, kinds, firstPages, lastPages } = this.#rows;
    return new Map<string, Values>([
      ["facts", new Uint8Array(Buffer.from(JSON.stringify(facts)))],
      ["documentOf", documentOf.values()],
      ["ordinals", ordinals.values()],
      ["kinds", Uint8Array.from(kinds.values())],
      ["firstPages", firstPages.values()],
      ["lastPages", lastPages.values()],
      ["vectors", vectors],
      ["codes", codes],
      ["scales", scales],
      ...this.#words.arrays("words", { counts: true }),
    ]);
  }
}
