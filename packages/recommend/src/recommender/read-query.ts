import type { RecommendFilters } from "./recommender-types.ts";

/** What a description of a wanted item says, taken apart. */
export interface ReadQuery {
  /** What it should be about; the whole query where nothing else was found in it. */
  wanted: string;
  /** The row of a title that items should be like, and are not. */
  like?: number;
  /** Phrases that say what it should not be about. */
  without: string[];
  /** Years and languages that stand in the text. */
  filters: Pick<RecommendFilters, "years" | "languages">;
}

interface KnownCatalogue {
  rowOfTitle(title: string): number | undefined;
  /** As the catalogue writes them. */
  languages: readonly string[];
}

const firstYear = -9_999;
const lastYear = 9_999;
/** Longer titles are not looked for behind "like". */
const longestTitle = 16;

const likeWords = /(?:\bsimilar to|\bin the (?:style|vein|spirit) of|\blike|类似(?:于)?|(?:好)?像|如同)\s*/giu;
const openingQuote = /^[《「『“"'‘]/u;
const quoted = /^[《「『“"'‘]([^》」』”"’]{1,120})[》」』”"'’]/u;
/** What is left of a request once a title is taken out of it, and says nothing of books. */
const leftovers =
  /^(?:\s|[,，、.。;；:：!！?？]|\b(?:a|an|the|some|any|other|more|please|books?|novels?|stories|story|something|anything|but|and|that|which|is|are|one|ones|read)\b|的|书|小说|但是?|不过|一样|那样|推荐|想看|几本|一些|本)*$/iu;

/** What a request begins with once its title is gone: "books but with dragons". */
const opening =
  /^\s*(?:(?:books?|novels?|something|anything|stories)\s+)?(?:but|and|yet|only)?\s*(?:with|about)?\s*(?=\S)/iu;

/** A negation up to the end of its clause. "no" and "not" need a place where they are no part of a title. */
const negations: readonly RegExp[] = [
  /(?:\b(?:but|and|with)\s+|[,;(]\s*)(?:no|not|not about|nothing about|none of)\s+(?:any\s+|too much\s+|about\s+|by\s+|set in\s+|with\s+)?([^,;.!?)，。；]+?)(?=\s+(?:but|and with|with|set|about|from|in the|written)\b|[,;.!?)，。；]|$)/giu,
  /\b(?:without|except(?:\s+for)?|excluding|minus|avoid(?:ing)?|free of|other than|instead of|rather than)\s+(?:any\s+|too much\s+|the\s+|about\s+)?([^,;.!?)，。；]+?)(?=\s+(?:but|and with|with|set|about|from|in the|written)\b|[,;.!?)，。；]|$)/giu,
  /(?:但|而)?(?:不要|没有|不含|不带|不涉及|不谈|除了|排除|避开|无需|别有)(?:有|关于|涉及)?([^,，。；;！？!?的]{1,20}?)(?:的(?:书|小说|作品|内容)?|以外的?|之外的?|(?=[,，。；;！？!?]|$))/gu,
];

const years: readonly [pattern: RegExp, range: (a: number, b: number) => [number, number]][] = [
  [/\b(?:published\s+|written\s+)?between\s+(\d{4})\s+and\s+(\d{4})\b/giu, (a, b) => [a, b]],
  [/\b(?:published\s+|written\s+)?from\s+(\d{4})\s+to\s+(\d{4})\b/giu, (a, b) => [a, b]],
  [/\b(?:published|written|from|of|in|during)\s+(?:in\s+)?(?:the\s+)?(\d{3}0)['’]?s\b/giu, (a) => [a, a + 9]],
  [/\b(?:published|written)\s+in\s+(\d{4})\b/giu, (a) => [a, a]],
  [/\b(?:published\s+|written\s+)?before\s+(\d{4})\b/giu, (a) => [firstYear, a - 1]],
  [/\b(?:published\s+|written\s+)?after\s+(\d{4})\b/giu, (a) => [a + 1, lastYear]],
  [/\b(?:published\s+|written\s+)?since\s+(\d{4})\b/giu, (a) => [a, lastYear]],
  [/(\d{4})\s*年?\s*(?:到|至|—|-|–)\s*(\d{4})\s*年(?:间|之间)?/gu, (a, b) => [a, b]],
  [/(\d{4})\s*年\s*(?:以|之)?前/gu, (a) => [firstYear, a - 1]],
  [/(\d{4})\s*年\s*(?:以|之)?后/gu, (a) => [a + 1, lastYear]],
  [/(\d{4})\s*年\s*(?:出版|发表)/gu, (a) => [a, a]],
];

/**
 * Takes a description apart: "books like Dune but without politics, published before 1990" names a book to be like, what is not
 * wanted, and years. Only what is certain is taken: a title has to be one of the catalogue, a language one that it has.
 */
export function readQuery(query: string, catalogue: KnownCatalogue): ReadQuery {
  const found: ReadQuery = { wanted: query, without: [], filters: {} };
  let rest = query;
  for (const [pattern, range] of years) {
    rest = rest.replace(pattern, (_, from: string, to?: string) => {
      found.filters.years ??= range(Number(from), Number(to));
      return " ";
    });
  }
  rest = takeLanguage(rest, catalogue.languages, (languages) => {
    found.filters.languages = languages;
  });
  rest = takeTitle(rest, catalogue, (row) => {
    found.like = row;
  });
  for (const pattern of negations) {
    rest = rest.replace(pattern, (_, phrase: string) => {
      found.without.push(...phrase.split(/\s+(?:or|nor|and)\s+|\s*[或和、]\s*/u).map((part) => part.trim()));
      return " ";
    });
  }
  found.without = found.without.filter((phrase) => phrase !== "");
  const isTouched = rest !== query;
  const said = leftovers.test(rest) ? "" : rest.replace(/\s+/gu, " ").replace(opening, "").trim();
  found.wanted = isTouched ? said : query;
  return found;
}

/** Takes "like X" out where X, or its longest beginning, is a title. */
function takeTitle(text: string, { rowOfTitle }: KnownCatalogue, take: (row: number) => void): string {
  for (const match of text.matchAll(likeWords)) {
    const start = match.index + match[0].length;
    const behind = text.slice(start);
    const inQuotes = openingQuote.test(behind) ? quoted.exec(behind) : null;
    const candidates = inQuotes ? [[inQuotes[1]!, inQuotes[0].length] as const] : beginningsOf(behind);
    for (const [title, length] of candidates) {
      const row = rowOfTitle(title);
      if (row === undefined) continue;
      take(row);
      return `${text.slice(0, match.index)} ${behind.slice(length)}`;
    }
  }
  return text;
}

/** The longest first; Chinese by character, other scripts by word. */
function beginningsOf(text: string): [title: string, length: number][] {
  const ends = [...text.matchAll(/[\p{Script=Han}]|[^\s\p{Script=Han}]+/gu)].slice(0, longestTitle);
  return ends
    .map((match): [string, number] => {
      const title = text.slice(0, match.index + match[0].length).replace(/[,;.!?，。；！？]+$/u, "");
      return [title, title.length];
    })
    .reverse();
}

const languageNames = ["en", "zh"].map((locale) => new Intl.DisplayNames([locale], { type: "language" }));

/** Takes "in French", "French-language" or "中文的" out where the catalogue has items in that language. */
function takeLanguage(text: string, languages: readonly string[], take: (languages: string[]) => void): string {
  const named = new Map<string, string[]>();
  const add = (name: string | undefined, language: string) => {
    if (!name) return;
    const key = name.toLowerCase();
    named.set(key, [...(named.get(key) ?? []), language]);
  };
  for (const language of languages) {
    add(language.length > 3 ? language : undefined, language);
    for (const names of languageNames) {
      try {
        add(names.of(language.slice(0, 2).toLowerCase()), language);
      } catch {
        // Not a code: only its own name counts.
      }
    }
  }
  for (const [name, codes] of named) {
    const word = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const said = /\p{Script=Han}/u.test(name)
      ? new RegExp(`(?:用)?${word}(?:写|版|原版)?的`, "iu")
      : new RegExp(`\\b(?:(?:written\\s+)?in\\s+${word}\\b(?!\\s+\\w+(?:ia|land)\\b)|${word}[- ]language\\b)`, "iu");
    if (!said.test(text)) continue;
    take(codes);
    return text.replace(said, " ");
  }
  return text;
}
