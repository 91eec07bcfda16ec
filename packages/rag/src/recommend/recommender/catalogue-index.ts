import { type OnProgress, ProgressMeter } from "@loam/core";
import { hanShare } from "../../search/words.ts";
import type { CatalogueItem } from "../items/catalogue.ts";
import { runInTurns } from "../items/in-turns.ts";
import type { ItemList } from "../items/item-list.ts";
import {
  itemFeatures,
  itemSentence,
  plainTitle,
  queryTerms,
  subjectWords,
  tagKeysIn,
  titleWords,
  wholeTags,
} from "../items/item-terms.ts";
import { RowTable } from "../items/row-table.ts";
import { WeightedIndex } from "../model/weighted-index.ts";
import type { RecommendFilters } from "./recommender-types.ts";

const unknownYear = -32_768;
/** How much a title says beside the subjects: little, since "A Song of Ice and Fire" is about neither. */
const titleShare = 0.1;
/** The same where nothing else is known. */
const bareTitleShare = 0.5;
/** How much tags that the text holds whole count beside single words. */
const tagWeight = 0.5;

/**
 * What is asked of the items of a catalogue, in typed arrays: their words, what they are compared by, their titles and
 * what filters look at. The items themselves are only read to be shown.
 */
export class CatalogueIndex {
  readonly #titleWords = new WeightedIndex();
  readonly #subjectWords = new WeightedIndex();
  readonly #wholeTags = new WeightedIndex();
  /** Whole authors, whole tags and words, by which items are compared. */
  readonly features = new WeightedIndex();
  readonly size: number;
  readonly #ids = new RowTable();
  readonly #titles = new RowTable();
  readonly #years: Int16Array;
  readonly #ratings: Float32Array;
  readonly #languages = new Map<string, number>();
  readonly #languageOf: Uint16Array;
  readonly #isDescribed: Uint8Array;
  readonly #isChinese: Uint8Array;
  #described = 0;
  #chinese = 0;

  private constructor(size: number) {
    this.size = size;
    this.#years = new Int16Array(size).fill(unknownYear);
    this.#ratings = new Float32Array(size).fill(Number.NaN);
    this.#languageOf = new Uint16Array(size);
    this.#isDescribed = new Uint8Array(size);
    this.#isChinese = new Uint8Array(size);
  }

  /** @throws {CancelledError} */
  static open(items: ItemList, { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnProgress } = {}) {
    const index = new CatalogueIndex(items.length);
    const meter = new ProgressMeter(onProgress, { task: "index", unit: "item", total: items.length });
    const steps = function* (): Generator<void, CatalogueIndex> {
      let row = 0;
      for (const item of items) {
        index.#add(item, row++);
        if (row % 64 === 0) {
          meter.advance(64);
          yield;
        }
      }
      return index;
    };
    return runInTurns(steps(), { signal, what: "indexing the catalogue" });
  }

  /** Items of which more than title and authors is known. */
  get described(): number {
    return this.#described;
  }

  /** Items whose title and tags are mostly Chinese. */
  get chinese(): number {
    return this.#chinese;
  }

  /** Languages as the catalogue writes them, in lower case. */
  get languages(): string[] {
    return [...this.#languages.keys()];
  }

  isChinese(row: number): boolean {
    return this.#isChinese[row] === 1;
  }

  #add(item: CatalogueItem, row: number): void {
    if (hanShare(itemSentence(item)) > 0.3) {
      this.#chinese++;
      this.#isChinese[row] = 1;
    }
    this.#titleWords.add(titleWords(item));
    this.#subjectWords.add(subjectWords(item));
    this.#wholeTags.add(wholeTags(item));
    this.features.add(itemFeatures(item));
    if (item.tags.length > 0 || item.description) {
      this.#described++;
      this.#isDescribed[row] = 1;
    }
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

  rowOfId(id: string): number | undefined {
    return this.#ids.get(id);
  }

  /** A row by its title, its title without the series, or its original title; the first that has it. */
  rowOfTitle(title: string): number | undefined {
    return this.#titles.get(foldTitle(title));
  }

  /** Mean rating of a row; undefined where the catalogue has none. */
  rating(row: number): number | undefined {
    const rating = this.#ratings[row]!;
    return Number.isNaN(rating) ? undefined : rating;
  }

  /**
   * How well each row fits a text, [size], the best 1: half by the words of its tags, description and title (BM25), half by
   * the tags that the text holds whole, so that "high fantasy in an invented world" means the tag and not the word "world".
   */
  score(text: string): Float64Array {
    const terms = [...new Set(queryTerms(text))].map((term) => [term, 1] as const);
    const words = this.#subjectWords.score(terms);
    const titles = this.#titleWords.score(terms);
    for (let row = 0; row < this.size; row++)
      words[row]! += titles[row]! * (this.#isDescribed[row] ? titleShare : bareTitleShare);
    const tags = this.#wholeTags.score(tagKeysIn(text));
    const [wordScale, tagScale] = [1 / (largest(words) || 1), 1 / (largest(tags) || 1)];
    for (let row = 0; row < this.size; row++)
      words[row] = (1 - tagWeight) * words[row]! * wordScale + tagWeight * tags[row]! * tagScale;
    return words;
  }

  /** ln(1 + (N − n + ½) / (n + ½)) of a word, n of N items having it in tags, description or title. */
  idf(term: string): number {
    return Math.min(this.#subjectWords.idf(term), this.#titleWords.idf(term));
  }

  /** Says which rows pass; undefined when all do. */
  filter({ languages, authors, tags, years, minRating }: RecommendFilters): ((row: number) => boolean) | undefined {
    const checks: ((row: number) => boolean)[] = [];
    if (languages?.length) {
      const codes = new Set(languages.map((language) => this.#languages.get(language.toLowerCase())));
      checks.push((row) => codes.has(this.#languageOf[row]));
    }
    if (authors?.length) checks.push(this.#holding(authors.map((author) => `author ${author.toLowerCase()}`)));
    if (tags?.length) checks.push(this.#holding(tags.map((tag) => `tag ${tag.toLowerCase()}`)));
    if (years)
      checks.push(
        (row) => this.#years[row]! >= years[0] && this.#years[row]! <= years[1] && this.#years[row] !== unknownYear,
      );
    if (minRating !== undefined) checks.push((row) => this.#ratings[row]! >= minRating);
    return checks.length === 0 ? undefined : (row) => checks.every((check) => check(row));
  }

  /** Rows with any of the features, one bit each. */
  #holding(features: readonly string[]): (row: number) => boolean {
    const bits = new Uint8Array(Math.ceil(this.size / 8));
    for (const feature of features)
      for (const row of this.features.rowsOf(feature).rows) bits[row >> 3]! |= 1 << (row & 7);
    return (row) => (bits[row >> 3]! & (1 << (row & 7))) !== 0;
  }
}

function foldTitle(title: string): string {
  return title.trim().toLowerCase();
}

function largest(scores: Float64Array): number {
  let most = 0;
  for (const score of scores) most = Math.max(most, score);
  return most;
}
