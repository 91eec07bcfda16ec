import { ArgumentError } from "@loam/core";
import { porterStem } from "../text/porter-stemmer.ts";

export interface MeteorOptions {
  /** Weight of recall against precision in their mean. */
  alpha?: number;
  /** Exponent and weight of the penalty for fragments. */
  beta?: number;
  gamma?: number;
  /**
   * Other words of the same meaning, such as WordNet's. Left out, words meet by form and Porter stem only: no lexicon comes with
   * Loam, and scores lie a little below those with WordNet.
   */
  synonyms?: (word: string) => Iterable<string>;
}

/**
 * METEOR of one sentence (Banerjee and Lavie 2005, Lavie and Agarwal 2007): words are matched one to one by form, then stem, then
 * synonyms; a mean of precision and recall is lowered the more fragments the matches fall into. In [0, 1], higher is better, the
 * best reference counts, an empty side scores 0. Equal to NLTK's `meteor_score`, so two equal texts of n words score 1 − ½/n³.
 *
 * @param hypothesis words, in any case.
 * @throws {ArgumentError} without a reference.
 */
export function meteor(
  hypothesis: readonly string[],
  references: readonly (readonly string[])[],
  options: MeteorOptions = {},
): number {
  if (references.length === 0) throw new ArgumentError("references", [], "at least one reference");
  return Math.max(...references.map((reference) => meteorOfPair(hypothesis, reference, options)));
}

type Placed = [position: number, word: string];
type Match = [hypothesis: number, reference: number];

function meteorOfPair(
  hypothesis: readonly string[],
  reference: readonly string[],
  { alpha = 0.9, beta = 3, gamma = 0.5, synonyms }: MeteorOptions,
): number {
  const place = (words: readonly string[]) => words.map((word, i): Placed => [i, word.toLowerCase()]);
  const left = { hypothesis: place(hypothesis), reference: place(reference) };
  const matches: Match[] = [];
  const stage = (meaning: (word: string) => Iterable<string>): void => {
    matches.push(...matchLatest(left, meaning));
  };
  stage((word) => [word]);
  const stem = ([position, word]: Placed): Placed => [position, porterStem(word)];
  left.hypothesis = left.hypothesis.map(stem);
  left.reference = left.reference.map(stem);
  stage((word) => [word]);
  // As in NLTK, it is stems that are looked up here.
  if (synonyms) stage((word) => [word, ...synonyms(word)]);
  if (matches.length === 0) return 0;
  matches.sort(([a], [b]) => a - b);
  const precision = matches.length / hypothesis.length;
  const recall = matches.length / reference.length;
  const mean = (precision * recall) / (alpha * precision + (1 - alpha) * recall);
  const chunks = matches.filter(([i, j], at) => {
    const before = matches[at - 1];
    return !before || before[0] + 1 !== i || before[1] + 1 !== j;
  }).length;
  return (1 - gamma * (chunks / matches.length) ** beta) * mean;
}

/** From the last hypothesis word on, each takes the latest free reference word that it means; both are taken out. */
function matchLatest(
  left: { hypothesis: Placed[]; reference: Placed[] },
  meaning: (word: string) => Iterable<string>,
): Match[] {
  const free = new Map<string, number[]>();
  left.reference.forEach(([, word], at) => {
    const places = free.get(word);
    if (places) places.push(at);
    else free.set(word, [at]);
  });
  const matches: Match[] = [];
  const [usedHypothesis, usedReference] = [new Set<number>(), new Set<number>()];
  for (let i = left.hypothesis.length - 1; i >= 0; i--) {
    let best: number[] | undefined;
    for (const word of new Set(meaning(left.hypothesis[i]![1]))) {
      const places = free.get(word);
      if (places?.length && places.at(-1)! > (best?.at(-1) ?? -1)) best = places;
    }
    const at = best?.pop();
    if (at === undefined) continue;
    usedHypothesis.add(i);
    usedReference.add(at);
    matches.push([left.hypothesis[i]![0], left.reference[at]![0]]);
  }
  left.hypothesis = left.hypothesis.filter((_, i) => !usedHypothesis.has(i));
  left.reference = left.reference.filter((_, j) => !usedReference.has(j));
  return matches;
}
