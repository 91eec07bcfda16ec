import { searchTerms } from "@loam/search";
import { countWords } from "../packages/library/src/summarize/count-words.ts";

/** Ways to choose sentences that are in every textbook; each takes the best ones that fit, in the order of the text. */
export const baselines: Record<"lead" | "TextRank" | "LexRank", (texts: readonly string[], words: number) => string[]> =
  {
    lead: (texts, words) =>
      fitting(
        texts,
        texts.map((_, i) => -i),
        words,
      ),
    TextRank: (texts, words) => fitting(texts, ranked(overlaps(texts)), words),
    LexRank: (texts, words) =>
      fitting(texts, ranked(cosines(texts).map((row) => row.map((x) => (x >= 0.1 ? 1 : 0)))), words),
  };

/** The sentences with the highest scores, until there are enough words. */
function fitting(texts: readonly string[], scores: readonly number[], words: number): string[] {
  const order = texts.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const chosen: number[] = [];
  let used = 0;
  for (const i of order) {
    if (used >= words) break;
    chosen.push(i);
    used += countWords(texts[i]!);
  }
  return chosen.sort((a, b) => a - b).map((i) => texts[i]!);
}

/** Words in common by the logarithms of both lengths (Mihalcea & Tarau 2004, §4.1). */
function overlaps(texts: readonly string[]): number[][] {
  const terms = texts.map((text) => searchTerms(text));
  const sets = terms.map((own) => new Set(own));
  return terms.map((a, i) =>
    terms.map((b, j) => {
      if (i === j || a.length < 2 || b.length < 2) return 0;
      let shared = 0;
      for (const term of sets[i]!) if (sets[j]!.has(term)) shared++;
      return shared / (Math.log(a.length) + Math.log(b.length));
    }),
  );
}

/** Cosines of tf–idf vectors (Erkan & Radev 2004, eq. 1). */
function cosines(texts: readonly string[]): number[][] {
  const bags = texts.map((text) => Map.groupBy(searchTerms(text), (term) => term));
  const df = new Map<string, number>();
  for (const bag of bags) for (const term of bag.keys()) df.set(term, (df.get(term) ?? 0) + 1);
  const vectors = bags.map((bag) => {
    const weights = [...bag].map(([term, own]) => [term, own.length * Math.log(texts.length / df.get(term)!)] as const);
    const norm = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight ** 2, 0)) || 1;
    return new Map(weights.map(([term, weight]) => [term, weight / norm]));
  });
  return vectors.map((a, i) =>
    vectors.map((b, j) => {
      if (i === j) return 0;
      let dot = 0;
      for (const [term, weight] of a) dot += weight * (b.get(term) ?? 0);
      return dot;
    }),
  );
}

/** PageRank with damping 0.85 over a weighted graph. */
function ranked(weights: readonly (readonly number[])[]): number[] {
  const n = weights.length;
  const out = weights.map((row) => row.reduce((sum, weight) => sum + weight, 0));
  let ranks = new Array<number>(n).fill(1 / n);
  for (let round = 0; round < 60; round++) {
    const next = new Array<number>(n).fill(0.15 / n);
    for (let i = 0; i < n; i++) {
      if (out[i] === 0) continue;
      for (let j = 0; j < n; j++) next[j]! += (0.85 * ranks[i]! * weights[i]![j]!) / out[i]!;
    }
    ranks = next;
  }
  return ranks;
}
