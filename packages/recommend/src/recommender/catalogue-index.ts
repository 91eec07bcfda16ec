import { keptRow, type Sections, TermLists, whole } from "@loam/search";
import { queryTerms, tagKeysIn } from "../items/item-terms.ts";
import { WeightedIndex } from "../model/weighted-index.ts";
import { foldTitle, unknownYear } from "./catalogue-arrays.ts";
import type { RecommendFilters } from "./recommender-types.ts";

/** How much a title says beside the subjects: little, since "A Song of Ice and Fire" is about neither. */
const titleShare = 0.1;
/** The same where nothing else is known. */
const bareTitleShare = 0.5;
/** How much tags that the text holds whole count beside single words. */
const tagWeight = 0.5;

/**
 * What is asked of the items of a catalogue, in typed arrays (see {@link catalogueArrays}): their words, what they are
 * compared by, their titles and what filters look at. The items themselves are only read to be shown.
 */
export class CatalogueIndex {
  readonly #sections: Sections;
  readonly #titleWords: WeightedIndex;
  readonly #subjectWords: WeightedIndex;
  readonly #wholeTags: WeightedIndex;
  /** Whole authors, whole tags and words, by which items are compared. */
  readonly features: WeightedIndex;
  readonly size: number;
  readonly #years: Int16Array;
  readonly #ratings: Float32Array;
  readonly #languages: ReadonlyMap<string, number>;
  readonly #languageOf: Uint16Array;
  readonly #isDescribed: Uint8Array;
  readonly #isChinese: Uint8Array;
  /** Items of which more than title and authors is known. */
  readonly described: number;
  /** Items whose title and tags are mostly Chinese. */
  readonly chinese: number;

  constructor(sections: Sections) {
    this.#sections = sections;
    const words = (name: string) => new WeightedIndex(new TermLists(sections, name));
    this.#titleWords = words("titleWords");
    this.#subjectWords = words("subjectWords");
    this.#wholeTags = words("wholeTags");
    this.features = words("features");
    this.#years = whole(sections, "years");
    this.#ratings = whole(sections, "ratings");
    this.#languageOf = whole(sections, "languageOf");
    this.#isDescribed = whole(sections, "isDescribed");
    this.#isChinese = whole(sections, "isChinese");
    this.size = this.#years.length;
    const languages = JSON.parse(Buffer.from(whole<Uint8Array>(sections, "languages")).toString()) as string[];
    this.#languages = new Map(languages.map((language, i) => [language, i + 1]));
    this.described = this.#isDescribed.reduce((sum, one) => sum + one, 0);
    this.chinese = this.#isChinese.reduce((sum, one) => sum + one, 0);
  }

  /** Languages as the catalogue writes them, in lower case. */
  get languages(): string[] {
    return [...this.#languages.keys()];
  }

  isChinese(row: number): boolean {
    return this.#isChinese[row] === 1;
  }

  rowOfId(id: string): number | undefined {
    return keptRow(this.#sections, "ids", id);
  }

  /** A row by its title, its title without the series, or its original title; the first that has it. */
  rowOfTitle(title: string): number | undefined {
    return keptRow(this.#sections, "titles", foldTitle(title));
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
    for (const feature of features) for (const row of this.features.rowsOf(feature)) bits[row >> 3]! |= 1 << (row & 7);
    return (row) => (bits[row >> 3]! & (1 << (row & 7))) !== 0;
  }
}

function largest(scores: Float64Array): number {
  let most = 0;
  for (const score of scores) most = Math.max(most, score);
  return most;
}
