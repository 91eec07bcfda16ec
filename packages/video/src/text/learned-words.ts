import type { Rng } from "@loam/core";
import { add, embedding, type Tensor } from "@loam/graph";
import type { Modules } from "@loam/models";
import type { Prompts } from "../dit/video-dit.ts";

/** Names and shapes of word vectors that are learned with the model: one for each word, one for each place in a prompt. */
export const learnedWordShapes = (vocabulary: { words: number; maxWords: number }, textDim: number) => ({
  "words.weight": [vocabulary.words, textDim],
  "word_places.weight": [vocabulary.maxWords, textDim],
});

/** Unit normal words, places at zero. */
export function initialLearnedWords(
  vocabulary: { words: number; maxWords: number },
  textDim: number,
  rng: Rng,
): Record<string, Float32Array> {
  return {
    "words.weight": Float32Array.from({ length: vocabulary.words * textDim }, () => rng.normal()),
    "word_places.weight": new Float32Array(vocabulary.maxWords * textDim),
  };
}

/** @param ids int64 [B, L] @param mask bool [B, L] */
export const learnedPrompts = (modules: Modules, { ids, mask }: { ids: Tensor; mask: Tensor }): Prompts => ({
  text: add(embedding(modules.get("words.weight"), ids), modules.get("word_places.weight")),
  mask,
});
