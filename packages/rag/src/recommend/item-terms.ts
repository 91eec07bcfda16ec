import { searchTerms } from "../search/words.ts";
import type { CatalogueItem } from "./catalogue.ts";

/** How often a description's word counts beside a title's. */
const descriptionWeight = 0.5;
/** Tags that go into the text that is embedded: the model reads sentences, not lists of a hundred words. */
const embeddedTags = 8;

/** The words an item is found by, with weights: titles and authors 1 each, tags by their own weight. */
export function itemWords(item: CatalogueItem): Map<string, number> {
  const words = new Map<string, number>();
  const add = (text: string | undefined, weight: number) => {
    if (text) for (const term of searchTerms(text)) words.set(term, (words.get(term) ?? 0) + weight);
  };
  add(item.title, 1);
  add(item.originalTitle, 1);
  for (const author of item.authors) add(author, 1);
  for (const { name, weight } of item.tags) add(name, weight);
  add(item.description, descriptionWeight);
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

/** The text an item is embedded as. */
export function itemSentence(item: CatalogueItem): string {
  const tags = [...item.tags].sort((a, b) => b.weight - a.weight).slice(0, embeddedTags);
  return [plainTitle(item.title), tags.map(({ name }) => name).join(", "), item.description ?? ""]
    .filter(Boolean)
    .join(". ");
}
