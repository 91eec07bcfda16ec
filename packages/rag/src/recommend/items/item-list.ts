import { deflateRawSync, inflateRawSync } from "node:zlib";
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

/** A long list in packed blocks of {@link blockItems}, of which a few are unpacked at a time: some 100 bytes a book. */
export class PackedItems implements ItemList {
  readonly #blocks: readonly Uint8Array[];
  readonly #unpacked = new Map<number, CatalogueItem[]>();
  readonly length: number;

  /** @param blocks every one but the last holds {@link blockItems} items */
  constructor(blocks: readonly Uint8Array[], length: number) {
    this.#blocks = blocks;
    this.length = length;
  }

  at(row: number): CatalogueItem | undefined {
    return row >= 0 && row < this.length ? this.#block(Math.floor(row / blockItems))[row % blockItems] : undefined;
  }

  *[Symbol.iterator](): Generator<CatalogueItem> {
    for (const block of this.#blocks) yield* unpackItems(block);
  }

  #block(number: number): CatalogueItem[] {
    const items = this.#unpacked.get(number) ?? unpackItems(this.#blocks[number]!);
    // Taken out and put back, it is the last to go.
    this.#unpacked.delete(number);
    this.#unpacked.set(number, items);
    if (this.#unpacked.size > unpackedBlocks) this.#unpacked.delete(this.#unpacked.keys().next().value!);
    return items;
  }
}
