import { type OnProgress, ProgressMeter, runInTurns } from "@loam/core";
import type { Values } from "@loam/search";
import { hanShare, RowTable, TermListsBuilder } from "@loam/search";
import type { CatalogueItem } from "../items/catalogue.ts";
import type { ItemList } from "../items/item-list.ts";
import { itemFeatures, itemSentence, plainTitle, subjectWords, titleWords, wholeTags } from "../items/item-terms.ts";

export const unknownYear = -32_768;

/** Titles are found without regard to case. */
export function foldTitle(title: string): string {
  return title.trim().toLowerCase();
}

/**
 * The arrays of a catalogue's index.
 *
 * @throws {CancelledError}
 */
export function catalogueArrays(
  items: ItemList,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnProgress } = {},
): Promise<Map<string, Values>> {
  const gathering = new Gathering(items.length);
  const meter = new ProgressMeter(onProgress, { task: "index", unit: "item", total: items.length });
  const steps = function* (): Generator<void, Map<string, Values>> {
    let row = 0;
    for (const item of items) {
      gathering.add(item, row++);
      if (row % 64 === 0) {
        meter.advance(64);
        yield;
      }
    }
    return yield* gathering.arrays();
  };
  return runInTurns(steps(), { signal, what: "indexing the catalogue" });
}

class Gathering {
  readonly #words = {
    titleWords: new TermListsBuilder(),
    subjectWords: new TermListsBuilder(),
    wholeTags: new TermListsBuilder(),
    features: new TermListsBuilder(),
  };
  readonly #ids = new RowTable();
  readonly #titles = new RowTable();
  readonly #languages = new Map<string, number>();
  readonly #years: Int16Array;
  readonly #ratings: Float32Array;
  readonly #languageOf: Uint16Array;
  readonly #isDescribed: Uint8Array;
  readonly #isChinese: Uint8Array;

  constructor(size: number) {
    this.#years = new Int16Array(size).fill(unknownYear);
    this.#ratings = new Float32Array(size).fill(Number.NaN);
    this.#languageOf = new Uint16Array(size);
    this.#isDescribed = new Uint8Array(size);
    this.#isChinese = new Uint8Array(size);
  }

  add(item: CatalogueItem, row: number): void {
    if (hanShare(itemSentence(item)) > 0.3) this.#isChinese[row] = 1;
    this.#words.titleWords.add(titleWords(item));
    this.#words.subjectWords.add(subjectWords(item));
    this.#words.wholeTags.add(wholeTags(item));
    this.#words.features.add(itemFeatures(item));
    if (item.tags.length > 0 || item.description) this.#isDescribed[row] = 1;
    this.#ids.add(item.id, row);
    for (const title of [item.title, plainTitle(item.title), item.originalTitle])
      if (title) this.#titles.add(foldTitle(title), row);
    if (item.year !== undefined) this.#years[row] = item.year;
    if (item.rating !== undefined) this.#ratings[row] = item.rating;
    if (item.language === undefined) return;
    const language = item.language.toLowerCase();
    let code = this.#languages.get(language);
    if (code === undefined) this.#languages.set(language, (code = this.#languages.size + 1));
    this.#languageOf[row] = code;
  }

  *arrays(): Generator<void, Map<string, Values>> {
    const arrays = new Map<string, Values>([
      ["ids", this.#ids.slots],
      ["titles", this.#titles.slots],
      ["years", this.#years],
      ["ratings", this.#ratings],
      ["languageOf", this.#languageOf],
      ["languages", new Uint8Array(Buffer.from(JSON.stringify([...this.#languages.keys()])))],
      ["isDescribed", this.#isDescribed],
      ["isChinese", this.#isChinese],
    ]);
    for (const [name, words] of Object.entries(this.#words)) {
      for (const [key, values] of words.arrays(name)) arrays.set(key, values);
      yield;
    }
    return arrays;
  }
}
