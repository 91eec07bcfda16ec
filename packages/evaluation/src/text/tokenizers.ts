import { ArgumentError } from "@loam/core";
import { MappedText, type Span } from "./mapped-text.ts";
import { porterStem } from "./porter-stemmer.ts";

/** What splits a text into the tokens that n-gram metrics count. The name is recorded beside every score. */
export interface Tokenizer {
  readonly name: string;
  tokenize(text: string): string[];
}

/** A token and where it stands in its text. */
export interface TokenSpan extends Span {
  token: string;
}

/** A tokenizer that can say where its tokens stand. */
export interface LocatingTokenizer extends Tokenizer {
  /** The same tokens as {@link Tokenizer.tokenize}, each with its place in the text as it was given. */
  locate(text: string): TokenSpan[];
}

/** Places of what a pattern finds in a changed text, in the original. */
function locateMatches(mapped: MappedText, pattern: RegExp, shape: (token: string) => string = String): TokenSpan[] {
  return [...mapped.text.matchAll(pattern)].map(({ 0: found, index }) => ({
    token: shape(found),
    ...mapped.spanOf(index, index + found.length),
  }));
}

const lowerCase = (text: string): string => text.toLowerCase();

/**
 * The tokenizer of Google's `rouge_score`: lower case, runs of `[a-z0-9]`, everything else separates, so "café" gives
 * "caf" and Chinese gives nothing. With `stem`, tokens longer than three characters become their Porter stem (NLTK's rules).
 */
export function rougeScoreTokenizer({ stem = false }: { stem?: boolean } = {}): LocatingTokenizer {
  const stems = new Map<string, string>();
  const stemOf = (token: string): string => {
    if (token.length <= 3) return token;
    let stemmed = stems.get(token);
    if (stemmed === undefined) {
      if (stems.size >= 500_000) stems.clear();
      stems.set(token, (stemmed = porterStem(token)));
    }
    return stemmed;
  };
  return {
    name: stem ? "rouge_score+porter" : "rouge_score",
    tokenize: (text) => {
      const tokens = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
      return stem ? tokens.map(stemOf) : tokens;
    },
    locate: (text) => locateMatches(MappedText.of(text).changed(lowerCase), /[a-z0-9]+/g, stem ? stemOf : String),
  };
}

/** Han ideographs with their extensions and compatibility forms, and the ideographic zero. */
const han = "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}\\u3007";
const hanOrAsciiWord = new RegExp(`[${han}]|[a-z0-9]+`, "gu");

/** One token per Han character; a run of ASCII letters and digits is one lower-case token; everything else separates. */
export const characterTokenizer: LocatingTokenizer = {
  name: "characters",
  tokenize: (text) => text.toLowerCase().match(hanOrAsciiWord) ?? [],
  locate: (text) => locateMatches(MappedText.of(text).changed(lowerCase), hanOrAsciiWord),
};

/**
 * Words of any script by Unicode's rules and ICU's dictionaries (`Intl.Segmenter`): Chinese, Japanese and Thai words
 * too. Lower-cased; a segment counts when it holds a letter, a mark or a digit. The name carries the ICU version,
 * because its dictionaries decide where words end.
 */
export function wordTokenizer(locale?: string): LocatingTokenizer {
  const segmenter = new Intl.Segmenter(locale, { granularity: "word" });
  return {
    name: `words(${locale ?? "any"}, ICU ${process.versions.icu})`,
    tokenize: (text) => {
      const tokens: string[] = [];
      for (const { segment } of segmenter.segment(text.normalize("NFC").toLowerCase())) {
        if (/[\p{L}\p{N}]/u.test(segment)) tokens.push(segment);
      }
      return tokens;
    },
    locate: (text) => {
      const mapped = MappedText.of(text).changed((part) => part.normalize("NFC").toLowerCase());
      return [...segmenter.segment(mapped.text)]
        .filter(({ segment }) => /[\p{L}\p{N}]/u.test(segment))
        .map(({ segment, index }) => ({ token: segment, ...mapped.spanOf(index, index + segment.length) }));
    },
  };
}

const tokenizers = {
  rouge_score: () => rougeScoreTokenizer(),
  "rouge_score+porter": () => rougeScoreTokenizer({ stem: true }),
  characters: () => characterTokenizer,
  words: () => wordTokenizer(),
};

/** Names that {@link tokenizerFor} takes. */
export type TokenizerName = keyof typeof tokenizers;

/**
 * The tokenizer of that name.
 *
 * @throws {ArgumentError} for an unknown name.
 */
export function tokenizerFor(name: TokenizerName): LocatingTokenizer {
  const make = tokenizers[name];
  if (!make) throw new ArgumentError("tokenizer", name, `one of ${Object.keys(tokenizers).join(", ")}`);
  return make();
}

/**
 * Picks a tokenizer for texts: the reference's own where they are written in ASCII letters (nine in ten of their
 * letters), words by Unicode's rules otherwise, so that identical texts in any script score 1.
 */
export function detectTokenizer(texts: Iterable<string>, { stem = false }: { stem?: boolean } = {}): LocatingTokenizer {
  let letters = 0;
  let ascii = 0;
  for (const text of texts) {
    for (const character of text.slice(0, 20_000).match(/\p{L}/gu) ?? []) {
      letters++;
      if (character.charCodeAt(0) < 128) ascii++;
    }
  }
  return ascii >= 0.9 * letters ? rougeScoreTokenizer({ stem }) : wordTokenizer();
}
