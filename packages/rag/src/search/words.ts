import { stemmer } from "stemmer";
import { stopWords } from "./stop-words.ts";

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
const han = /\p{Script=Han}/u;
const hanRun = /\p{Script=Han}+/gu;

/**
 * The terms a text is indexed and asked by, in order, with repeats.
 *
 * Width and case are folded (NFKC, lower case), words split as Unicode TR 29 has it (`Intl.Segmenter`), English words
 * stemmed (Porter 1980), function words dropped, numbers kept whole ("12.5"). A run of Chinese gives its pairs of
 * neighbouring characters and its longer words: the segmenter may cut a question and a text differently, the pairs
 * still meet.
 */
export function searchTerms(text: string): string[] {
  const folded = text.normalize("NFKC").toLowerCase();
  const terms: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(folded)) {
    if (!isWordLike || stopWords.has(segment)) continue;
    if (han.test(segment)) {
      if (segment.length !== 2) terms.push(segment);
    } else {
      terms.push(/^[a-z]+$/.test(segment) ? stemmer(segment) : segment.replace(/['’]s$/, "").replaceAll(",", ""));
    }
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

/** The share of letters that are Chinese characters, in [0, 1]; 0 without letters. */
export function hanShare(text: string): number {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return letters === 0 ? 0 : (text.match(/\p{Script=Han}/gu)?.length ?? 0) / letters;
}
