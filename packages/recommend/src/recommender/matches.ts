import { searchTerms } from "@loam/search";
import type { CatalogueItem } from "../items/catalogue.ts";
import type { Basis, Match } from "./recommender-types.ts";

/** A reason names so many words of each field. */
const shownMatches = 4;

/** Where an item holds the terms of a query; tags with the weightiest first. */
export function matchesOf(item: CatalogueItem, terms: ReadonlySet<string>): Match[] {
  const asked = (text: string): boolean => searchTerms(text).some((term) => terms.has(term));
  const matches: Match[] = [];
  if (asked(item.title)) matches.push({ field: "title", text: item.title });
  else if (item.originalTitle && asked(item.originalTitle)) matches.push({ field: "title", text: item.originalTitle });
  for (const author of item.authors) if (asked(author)) matches.push({ field: "author", text: author });
  const tags = item.tags.filter(({ name }) => asked(name)).sort((a, b) => b.weight - a.weight);
  for (const { name } of tags.slice(0, shownMatches)) matches.push({ field: "tag", text: name });
  if (item.description) matches.push(...wordsOf(item.description, terms));
  return matches;
}

/** The words of a description that were asked for, as it writes them. */
function wordsOf(description: string, terms: ReadonlySet<string>): Match[] {
  const words = new Set<string>();
  for (const { segment, isWordLike } of new Intl.Segmenter("zh", { granularity: "word" }).segment(description)) {
    if (isWordLike && searchTerms(segment).some((term) => terms.has(term))) words.add(segment);
  }
  return [...words].slice(0, shownMatches).map((text) => ({ field: "description", text }));
}

/** What two items share: authors, and the tags that are weighty in both and rare in the catalogue. */
export function sharedMatches(a: CatalogueItem, b: CatalogueItem, idf: (feature: string) => number): Match[] {
  const authors = new Set(a.authors.map((author) => author.toLowerCase()));
  const weights = new Map(a.tags.map(({ name, weight }) => [name.toLowerCase(), weight]));
  const value = ({ name, weight }: { name: string; weight: number }): number =>
    Math.min(weight, weights.get(name.toLowerCase()) ?? 0) * idf(`tag ${name.toLowerCase()}`);
  const tags = b.tags.filter((tag) => weights.has(tag.name.toLowerCase())).sort((x, y) => value(y) - value(x));
  return [
    ...b.authors
      .filter((author) => authors.has(author.toLowerCase()))
      .map((text) => ({ field: "author", text }) as const),
    ...tags.slice(0, shownMatches).map(({ name: text }) => ({ field: "tag", text }) as const),
  ];
}

const fields = [
  ["liked", "because you liked"],
  ["title", "title"],
  ["author", "author"],
  ["tag", "tags"],
  ["description", "description"],
] as const;

const bases: Record<Basis, string> = {
  words: "words of its title",
  meaning: "close in meaning",
  readers: "liked by the same readers",
  taste: "unlike what you disliked",
  popular: "liked by many readers",
  rated: "well rated in the catalogue",
  unknown: "nothing is known yet of your taste or of ratings",
};

/** The matches as a phrase; without any, what else speaks for the item. */
export function reasonOf(matches: readonly Match[], basis: Basis): string {
  const phrases = fields.flatMap(([field, phrase]) => {
    const found = matches.filter((match) => match.field === field).map(({ text }) => `“${text}”`);
    return found.length > 0 ? [`${phrase} ${found.join(", ")}`] : [];
  });
  return phrases.join("; ") || bases[basis];
}
