import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Sections, type Values, whole } from "@loam/search";
import type { CatalogueItem } from "./catalogue.ts";

/** Items in order; an array is one. */
export interface ItemList extends Iterable<CatalogueItem> {
  readonly length: number;
  at(row: number): CatalogueItem | undefined;
}

/** Items of one block. */
export const blockItems = 256;
/** Blocks that are kept unpacked, those asked for last. */
const unpackedBlocks = 64;

export function packItems(items: readonly CatalogueItem[]): Uint8Array {
  return deflateRawSync(JSON.stringify(items), { level: 6 });
}

export function unpackItems(packed: Uint8Array): CatalogueItem[] {
  return JSON.parse(inflateRawSync(packed).toString()) as CatalogueItem[];
}

/** Packed blocks, wherever they lie; every one but the last holds {@link blockItems} items. */
export interface ItemBlocks {
  readonly length: number;
  at(number: number): Uint8Array | undefined;
}

/** A long list in packed blocks, of which a few are unpacked at a time: some 100 bytes a book, or none where they lie in a file. */
export class PackedItems implements ItemList {
  readonly #blocks: ItemBlocks;
  readonly #unpacked = new Map<number, CatalogueItem[]>();
  readonly length: number;

  constructor(blocks: ItemBlocks, length: number) {
    this.#blocks = blocks;
    this.length = length;
  }

  at(row: number): CatalogueItem | undefined {
    return row >= 0 && row < this.length ? this.#block(Math.floor(row / blockItems))[row % blockItems] : undefined;
  }

  *[Symbol.iterator](): Generator<CatalogueItem> {
    for (let number = 0; number < this.#blocks.length; number++) yield* unpackItems(this.#blocks.at(number)!);
  }

  #block(number: number): CatalogueItem[] {
    const items = this.#unpacked.get(number) ?? unpackItems(this.#blocks.at(number)!);
    // Taken out and put back, it is the last to go.
    this.#unpacked.delete(number);
    this.#unpacked.set(number, items);
    if (this.#unpacked.size > unpackedBlocks) this.#unpacked.delete(this.#unpacked.keys().next().value!);
    return items;
  }
}

/** Blocks as arrays of an index. */
export function blockArrays(blocks: readonly Uint8Array[]): Map<string, Values> {
  const starts = new Uint32Array(blocks.length + 1);
  for (const [i, block] of blocks.entries()) starts[i + 1] = starts[i]! + block.length;
  const bytes = new Uint8Array(starts[blocks.length]!);
  for (const [i, block] of blocks.entries()) bytes.set(block, starts[i]);
  return new Map<string, Values>([
    ["blocks", bytes],
    ["blockStarts", starts],
  ]);
}

/** The items of {@link blockArrays}. */
export function keptItems(sections: Sections, length: number): PackedItems {
  const starts = whole<Uint32Array>(sections, "blockStarts");
  return new PackedItems(
    {
      length: starts.length - 1,
      at: (number) => sections.slice<Uint8Array>("blocks", starts[number]!, starts[number + 1]!),
    },
    length,
  );
}
