import { searchTerms } from "@loam/search";
import type { CatalogueItem, ItemTag } from "./catalogue.ts";

/** How often a description's word counts; a tag that is a hundredth of what is said of an item counts 1. */
const descriptionWeight = 0.5;
/** Tags that go into the text that is embedded: the model reads sentences, not lists of a hundred words. */
const embeddedTags = 8;

/** Shelves that say what a reader did with a book, not what it is about. */
export const readerShelves: ReadonlySet<string> = new Set(["to-read", "currently-reading"]);

/** Words of title and authors. */
export function titleWords({ title, originalTitle, authors }: CatalogueItem): Map<string, number> {
  return counted([[title, 1], [originalTitle, 1], ...authors.map((author) => [author, 1] as const)]);
}

/** Words of tags and description, tags by how much of all that is said of the item they are. */
export function subjectWords(item: CatalogueItem): Map<string, number> {
  return counted([
    ...tagShares(item).map(({ name, share }) => [name, share] as const),
    [item.description, descriptionWeight],
  ]);
}

/**
 * The words of a description of what is wanted. A single Chinese character ("写", "书") says next to nothing beside longer
 * words, and is left out where there are any.
 */
export function queryTerms(query: string): string[] {
  const terms = searchTerms(query);
  const whole = terms.filter((term) => !/^\p{Script=Han}$/u.test(term));
  return whole.length > 0 ? whole : terms;
}

/** All words an item can be found by. */
export function itemWords(item: CatalogueItem): Map<string, number> {
  const words = titleWords(item);
  for (const [word, weight] of subjectWords(item)) words.set(word, (words.get(word) ?? 0) + weight);
  return words;
}

/** Whole tags by their share, the spellings of one ("world-war-2", "World War 2") as one: see {@link tagKey}. */
export function wholeTags(item: CatalogueItem): Map<string, number> {
  const tags = new Map<string, number>();
  for (const { name, share } of tagShares(item)) {
    const key = tagKey(name);
    if (key) tags.set(key, (tags.get(key) ?? 0) + share);
  }
  return tags;
}

/** A tag without its spelling: its stems in order; Chinese as it is written. */
function tagKey(name: string): string {
  const folded = name.normalize("NFKC").trim().toLowerCase();
  return /\p{Script=Han}/u.test(folded) ? folded : [...new Set(searchTerms(folded))].sort().join(" ");
}

/** Stems of a query that are tried together as a tag. */
const longestTag = 3;
const longestHanTag = 8;
/** Of a longer query only so many stems. */
const triedTerms = 16;

/** The keys of all tags that could stand in a query whole, with how many of its words each takes. */
export function tagKeysIn(query: string): Map<string, number> {
  const keys = new Map<string, number>();
  const folded = query.normalize("NFKC").toLowerCase();
  const terms = [...new Set(searchTerms(folded.replace(/\p{Script=Han}+/gu, " ")))].slice(0, triedTerms).sort();
  const extend = (chosen: readonly string[], from: number) => {
    for (let i = from; i < terms.length; i++) {
      const key = [...chosen, terms[i]!];
      keys.set(key.join(" "), key.length);
      if (key.length < longestTag) extend(key, i + 1);
    }
  };
  extend([], 0);
  for (const [run] of folded.matchAll(/\p{Script=Han}+/gu))
    for (let from = 0; from < run.length; from++)
      for (let length = 2; length <= longestHanTag && from + length <= run.length; length++)
        keys.set(run.slice(from, from + length), length / 2);
  return keys;
}

/** A tag's part, in percent, of all that readers said of the item; all alike where nobody counted. */
function tagShares({ tags }: CatalogueItem): { name: string; share: number }[] {
  const subjects = tags.filter(({ name }) => !readerShelves.has(name));
  const count = ({ weight }: ItemTag): number => Math.expm1(weight); // a weight is ln(1 + n)
  const total = subjects.reduce((sum, tag) => sum + count(tag), 0);
  return subjects.map((tag) => ({ name: tag.name, share: (100 * count(tag)) / total }));
}

function counted(texts: Iterable<readonly [text: string | undefined, weight: number]>): Map<string, number> {
  const words = new Map<string, number>();
  for (const [text, weight] of texts)
    if (text) for (const term of searchTerms(text)) words.set(term, (words.get(term) ?? 0) + weight);
  return words;
}

/** What two items are compared by: title words, whole authors, whole tags and words of the description. */
export function itemFeatures(item: CatalogueItem): Map<string, number> {
  const features = new Map<string, number>();
  const add = (feature: string, weight: number) => features.set(feature, (features.get(feature) ?? 0) + weight);
  for (const word of searchTerms(item.title)) add(`title ${word}`, 1);
  for (const author of item.authors) add(`author ${author.toLowerCase()}`, 1);
  for (const { name, weight } of item.tags) add(`tag ${name.toLowerCase()}`, weight);
  if (item.description) for (const word of searchTerms(item.description)) add(`text ${word}`, descriptionWeight);
  return features;
}

/** The title without the series in brackets: "The Hunger Games (The Hunger Games, #1)". */
export function plainTitle(title: string): string {
  return title.replace(/\s*[(（][^()（）]*#[^()（）]*[)）]\s*$/, "") || title;
}

/** The same for all editions of a work: title without series and edition, and first author; undefined without an author. */
export function workKey({ title, authors }: CatalogueItem): string | undefined {
  const work = plainTitle(title).replace(
    /\s*[(（][^()（）]*(?:版|册|卷|套装|edition|volumes?)[^()（）]*[)）]\s*$/i,
    "",
  );
  return authors[0] && `${work} ${authors[0]}`.normalize("NFKC").toLowerCase();
}

/** The text an item is embedded as. */
export function itemSentence(item: CatalogueItem): string {
  const tags = [...item.tags].sort((a, b) => b.weight - a.weight).slice(0, embeddedTags);
  return [plainTitle(item.title), tags.map(({ name }) => name).join(", "), item.description ?? ""]
    .filter(Boolean)
    .join(". ");
}
