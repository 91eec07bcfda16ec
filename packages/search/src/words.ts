import { stemmer } from "stemmer";
import { stopWords } from "./stop-words.ts";

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
const hanRun = /\p{Script=Han}+/gu;
/** Scripts that write no space between words: the segmenter's dictionary is needed. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
/** A word by Unicode TR 29: letters and digits, joined by a point or apostrophe inside a word, or . and , inside a number. */
const spacedWord = /[\p{L}\p{N}\p{M}]+(?:(?:(?<=\p{N})[.,](?=\p{N})|(?<=\p{L})['’.](?=\p{L}))[\p{L}\p{N}\p{M}]+)*/gu;

/**
 * The terms a text is indexed and asked by, in order, with repeats.
 *
 * Width and case are folded (NFKC, lower case), words split as Unicode TR 29 has it (`Intl.Segmenter`, or the same
 * rule as an expression for text with spaces, ten times as fast), English words stemmed (Porter 1980), function words
 * dropped, numbers kept whole ("12.5"). A run of Chinese gives its pairs of neighbouring characters and its longer
 * words: the segmenter may cut a question and a text differently, the pairs still meet.
 */
export function searchTerms(text: string): string[] {
  const folded = text.normalize("NFKC").toLowerCase();
  const terms: string[] = [];
  if (!unspaced.test(folded)) {
    for (const [word] of folded.matchAll(spacedWord)) addWord(terms, word);
    return terms;
  }
  for (const { segment, isWordLike } of segmenter.segment(folded)) {
    if (!isWordLike) continue;
    if (!hanRun.test(segment)) addWord(terms, segment);
    else if (segment.length !== 2 && !stopWords.has(segment)) terms.push(segment);
    hanRun.lastIndex = 0;
  }
  for (const [run] of folded.matchAll(hanRun)) {
    const characters = [...run];
    for (let i = 0; i + 1 < characters.length; i++) {
      const pair = characters[i]! + characters[i + 1]!;
      if (!stopWords.has(pair)) terms.push(pair);
    }
  }
  return terms;
}

/**
 * The distinct words a question asks by: as {@link searchTerms}, but Chinese as the segmenter's words alone, which
 * {@link holdsWord} looks for as they are written.
 */
export function questionWords(question: string): Set<string> {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(question.normalize("NFKC").toLowerCase())) {
    if (!isWordLike || stopWords.has(segment)) continue;
    if (unspaced.test(segment)) words.push(segment);
    else words.push(...searchTerms(segment));
  }
  return new Set(words);
}

/** Text prepared for {@link holdsWord}. */
export interface WordBag {
  terms: ReadonlySet<string>;
  folded: string;
}

export function wordBag(text: string): WordBag {
  return { terms: new Set(searchTerms(text)), folded: text.normalize("NFKC").toLowerCase() };
}

/**
 * Whether a text holds a word of a question, in [0, 1]: a word counts in part when it stands inside another
 * ("TAPASLARGE"), a Chinese one when only pairs of it are there.
 */
export function holdsWord({ terms, folded }: WordBag, word: string): number {
  if (!unspaced.test(word)) return terms.has(word) ? 1 : word.length >= 4 && folded.includes(word) ? 0.4 : 0;
  if (folded.includes(word)) return 1;
  const characters = [...word];
  if (characters.length < 3) return 0;
  const pairs = characters.slice(1).map((character, i) => characters[i]! + character);
  return (0.7 * pairs.filter((pair) => folded.includes(pair)).length) / pairs.length;
}

/** Stems seen, so that each word is stemmed once. */
const stems = new Map<string, string>();

function addWord(terms: string[], word: string): void {
  if (stopWords.has(word)) return;
  if (!/^[a-z]+$/.test(word)) {
    terms.push(word.replace(/['’]s$/, "").replaceAll(",", ""));
    return;
  }
  let stem = stems.get(word);
  if (stem === undefined) {
    if (stems.size > 100_000) stems.clear();
    stems.set(word, (stem = stemmer(word)));
  }
  terms.push(stem);
}

/** The share of letters that are Chinese characters, in [0, 1]; 0 without letters. */
export function hanShare(text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return letters === 0 ? 0 : (text.match(/\p{Script=Han}/gu)?.length ?? 0) / letters;
}
