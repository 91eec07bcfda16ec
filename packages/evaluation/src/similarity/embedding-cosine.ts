import { checkPairing } from "../translation/bleu.ts";

/** Turns texts into vectors of unit length; `Embedder` of `@loam/models` is one. */
export interface TextEmbedder {
  readonly id: string;
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
}

/**
 * Cosine of the embeddings of each hypothesis and its closest reference, in [−1, 1], higher is better; an empty side
 * scores 0. Every distinct text is embedded once.
 */
export async function embeddingCosines(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  embedder: TextEmbedder,
  { signal }: { signal?: AbortSignal } = {},
): Promise<number[]> {
  checkPairing(hypotheses, references);
  const texts = [...new Set([...hypotheses, ...references.flat()])].filter((text) => text.trim() !== "");
  const vectors = await embedder.embed(texts, { signal });
  const vectorOf = new Map(texts.map((text, i) => [text, vectors[i]!]));
  return hypotheses.map((hypothesis, i) => {
    const left = vectorOf.get(hypothesis);
    const cosines = references[i]!.map((reference) => {
      const right = vectorOf.get(reference);
      return left && right ? cosine(left, right) : 0;
    });
    return Math.max(...cosines);
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
