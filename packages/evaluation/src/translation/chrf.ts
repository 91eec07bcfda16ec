import { splitWords } from "../text/python-whitespace.ts";
import { checkPairing } from "./bleu.ts";
import { type Counts, countGrams, overlapOf } from "./count-grams.ts";

export interface ChrfOptions {
  /** Longest character n-gram. */
  charOrder?: number;
  /** Longest word n-gram; 0 is chrF, 2 is chrF++. */
  wordOrder?: number;
  /** How much more recall weighs than precision. */
  beta?: number;
  lowercase?: boolean;
  /** Keep white space among the characters. */
  whitespace?: boolean;
}

/** N-grams of hypothesis, of reference and in common, for each order: characters first, then words. */
export type ChrfStatistics = { hypothesis: number; reference: number; match: number }[];

/** chrF of one sentence (Popović 2015), in [0, 100], higher is better; the best of several references. */
export function sentenceChrf(hypothesis: string, references: readonly string[], options: ChrfOptions = {}): number {
  return corpusChrf([hypothesis], [references], options);
}

/** What chrF of a pair is made of. */
export function chrfStatistics(hypothesis: string, reference: string, options: ChrfOptions = {}): ChrfStatistics {
  return compare(gramsOf(hypothesis, options), gramsOf(reference, options));
}

/** chrF of a corpus: counts are pooled over sentences, each against its best reference. Equal to sacrebleu's. */
export function corpusChrf(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: ChrfOptions = {},
): number {
  const { charOrder = 6, wordOrder = 0, beta = 2 } = options;
  checkPairing(hypotheses, references);
  const pooled: ChrfStatistics = Array.from({ length: charOrder + wordOrder }, () => ({
    hypothesis: 0,
    reference: 0,
    match: 0,
  }));
  hypotheses.forEach((hypothesis, i) => {
    const grams = gramsOf(hypothesis, options);
    let best: ChrfStatistics | undefined;
    let bestScore = -1;
    for (const reference of references[i]!) {
      const statistics = compare(grams, gramsOf(reference, options));
      const score = fScore(statistics, beta);
      if (score > bestScore) [best, bestScore] = [statistics, score];
    }
    for (const [order, counts] of best!.entries()) {
      pooled[order]!.hypothesis += counts.hypothesis;
      pooled[order]!.reference += counts.reference;
      pooled[order]!.match += counts.match;
    }
  });
  return fScore(pooled, beta);
}

/** Character n-grams of each order, then word n-grams. */
function gramsOf(
  text: string,
  { charOrder = 6, wordOrder = 0, lowercase = false, whitespace = false }: ChrfOptions,
): Counts[] {
  const line = lowercase ? text.toLowerCase() : text;
  const characters = [...(whitespace ? line : splitWords(line).join(""))];
  const words = splitWords(line).flatMap(separateOuterPunctuation);
  return [
    ...Array.from({ length: charOrder }, (_, i) => countGrams(characters, i + 1, "")),
    ...Array.from({ length: wordOrder }, (_, i) => countGrams(words, i + 1)),
  ];
}

/** One mark is split off at the end of a word, or else at its start: "(hi)" gives "(hi" and ")". */
function separateOuterPunctuation(word: string): string[] {
  if ([...word].length === 1) return [word];
  if (/[!-/:-@[-`{-~]$/.test(word)) return [word.slice(0, -1), word.slice(-1)];
  if (/^[!-/:-@[-`{-~]/.test(word)) return [word.slice(0, 1), word.slice(1)];
  return [word];
}

function compare(hypothesis: readonly Counts[], reference: readonly Counts[]): ChrfStatistics {
  return hypothesis.map((counts, order) => {
    const other = reference[order]!;
    // An order the reference has no n-grams of counts for neither side.
    return { hypothesis: other.size > 0 ? sum(counts) : 0, reference: sum(other), match: overlapOf(counts, other) };
  });
}

/** F-beta of the mean precision and mean recall over the orders that both sides have. */
function fScore(statistics: ChrfStatistics, beta: number): number {
  const present = statistics.filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0);
  if (present.length === 0) return 0;
  const precision = present.reduce((total, { match, hypothesis }) => total + match / hypothesis, 0) / present.length;
  const recall = present.reduce((total, { match, reference }) => total + match / reference, 0) / present.length;
  if (precision + recall === 0) return 0;
  return (100 * ((1 + beta ** 2) * precision * recall)) / (beta ** 2 * precision + recall);
}

function sum(counts: Counts): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
