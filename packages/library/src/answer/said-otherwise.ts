import type { Embedder } from "@loam/models";
import { dot, stopWords } from "@loam/search";

/** Words this alike by their embedding say the same here: "mild" and "mildest", "spent" and "went". */
const sameMeaning = 0.72;
/** Distinct words of the nearest passages that are compared. */
const comparedWords = 160;

/** Those of a question's words that texts say by another word, as the embedding model sees it. */
export async function saidOtherwise(
  words: readonly string[],
  texts: readonly string[],
  { embedder, signal }: { embedder: Embedder; signal?: AbortSignal },
): Promise<Set<string>> {
  const latin = words.filter((word) => /^\p{Script=Latin}+$/u.test(word));
  if (latin.length === 0) return new Set();
  const all = texts.flatMap((text) => text.toLowerCase().match(/\p{Script=Latin}{4,}/gu) ?? []);
  const vocabulary = [...new Set(all)].filter((word) => !stopWords.has(word)).slice(0, comparedWords);
  const vectors = await embedder.embed([...latin, ...vocabulary], { signal });
  const others = vectors.slice(latin.length);
  return new Set(latin.filter((_, i) => others.some((other) => dot(vectors[i]!, other) >= sameMeaning)));
}
