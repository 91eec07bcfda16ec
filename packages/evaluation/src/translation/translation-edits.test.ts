import { expect, test } from "vitest";
import { corpusBleu } from "./bleu.ts";
import type { BleuTokenizer } from "./tokenizers.ts";
import { editAlignment, translationEdits } from "./translation-edits.ts";

test("a pair of 60,000 words takes the memory of its beam, not of the product of its lengths (18 GB)", () => {
  const reference = Array.from({ length: 60_000 }, (_, i) => `w${i % 997}`);
  const hypothesis = reference.toSpliced(30_000, 1, "other").toSpliced(50_000, 2);
  const before = process.memoryUsage().arrayBuffers;
  expect(editAlignment(hypothesis, reference)).toMatchObject({ edits: 3, shifts: 0, substitutions: 1, insertions: 2 });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
});

test("a moved phrase is one edit, wherever the sides differ besides", () => {
  const words = "a b c d e f g h i j k l".split(" ");
  expect(translationEdits([...words.slice(3, 6), ...words.slice(0, 3), ...words.slice(6)], words)).toBe(1);
  expect(translationEdits([], words)).toBe(words.length);
  expect(translationEdits(words, [])).toBe(words.length);
});

test("BLEU's SentencePiece tokenizers are named, with what to do instead", () => {
  expect(() => corpusBleu(["a"], [["a"]], { tokenize: "flores200" as BleuTokenizer })).toThrow(
    'the SentencePiece model of "flores200" is a file of its own that does not come with Loam. Cut both sides into its pieces',
  );
});
