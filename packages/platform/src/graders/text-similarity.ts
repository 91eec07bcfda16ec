import { meteor, RougeScorer, rougeScoreTokenizer, sentenceBleu } from "@loam/evaluation";
import type { Embedder } from "@loam/models";
import type { TextMetric } from "./types.ts";

/** How alike two texts are, in [0, 1], by one of OpenAI's metrics. */
export async function textSimilarity(
  text: string,
  reference: string,
  { metric, embedder, signal }: { metric: TextMetric; embedder: () => Embedder; signal?: AbortSignal },
): Promise<number> {
  if (metric === "cosine") {
    const [a, b] = await embedder().embed([text, reference], { signal });
    return Math.max(
      0,
      Math.min(
        1,
        a!.reduce((sum, x, i) => sum + x * b![i]!, 0),
      ),
    );
  }
  if (metric === "fuzzy_match") return fuzzyRatio(text, reference);
  if (metric === "bleu") return sentenceBleu(text, [reference]).score / 100;
  if (metric === "gleu") return gleu(words(text), words(reference));
  if (metric === "meteor") return meteor(words(text), [words(reference)]);
  const type = metric === "rouge_l" ? "rougeL" : (`rouge${metric.at(-1)}` as const);
  return new RougeScorer([type]).score(text, reference)[type]!.f;
}

const words = (text: string) => rougeScoreTokenizer().tokenize(text);

/** 2·LCS / (|a| + |b|) over characters, as `rapidfuzz.fuzz.ratio` has it over 100; two empty texts are equal. */
export function fuzzyRatio(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  if (x.length + y.length === 0) return 1;
  return (2 * commonSubsequence(x, y)) / (x.length + y.length);
}

function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  let row = new Uint32Array(b.length + 1);
  for (const x of a) {
    const next = new Uint32Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) next[j] = x === b[j - 1] ? row[j - 1]! + 1 : Math.max(row[j]!, next[j - 1]!);
    row = next;
  }
  return row[b.length]!;
}

/** GLEU (Wu et al. 2016): the lesser of precision and recall over all n-grams of 1 to 4 words, as in NLTK. */
export function gleu(hypothesis: readonly string[], reference: readonly string[]): number {
  let [overlap, ofHypothesis, ofReference] = [0, 0, 0];
  for (let n = 1; n <= 4; n++) {
    const wanted = new Map<string, number>();
    for (const gram of grams(reference, n)) wanted.set(gram, (wanted.get(gram) ?? 0) + 1);
    for (const gram of grams(hypothesis, n)) {
      ofHypothesis++;
      const left = wanted.get(gram) ?? 0;
      if (left > 0) overlap++;
      wanted.set(gram, left - 1);
    }
    ofReference += Math.max(0, reference.length - n + 1);
  }
  const most = Math.max(ofHypothesis, ofReference);
  return most === 0 ? 0 : overlap / most;
}

function grams(list: readonly string[], n: number): string[] {
  return Array.from({ length: Math.max(0, list.length - n + 1) }, (_, i) => list.slice(i, i + n).join(" "));
}
