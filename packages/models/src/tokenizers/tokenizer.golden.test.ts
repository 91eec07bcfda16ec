import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { dataFolder, goldenFolder } from "../../test/golden.ts";
import { byteLevelBpeTokenizerJson, wordPieceTokenizerJson } from "./from-vocabulary.ts";
import { Tokenizer, type TokenizerJson } from "./tokenizer.ts";

const files = join(dataFolder, "models/tokenizers");
const text = (name: string) => readFile(join(files, name), "utf8");
const zipped = async (name: string): Promise<TokenizerJson> =>
  JSON.parse(gunzipSync(await readFile(join(files, name))).toString());

const loaders: Record<string, () => Promise<TokenizerJson>> = {
  qwen3: () => zipped("qwen3-tokenizer.json.gz"),
  llama3: () => zipped("llama3-tokenizer.json.gz"),
  gpt2: async () =>
    byteLevelBpeTokenizerJson(JSON.parse(await text("gpt2-encoder.json")), await text("gpt2-vocab.bpe")),
  "bert-base-uncased": async () =>
    wordPieceTokenizerJson(await text("bert-base-uncased-vocab.txt"), { lowercase: true }),
  "bert-base-chinese": async () =>
    wordPieceTokenizerJson(await text("bert-base-chinese-vocab.txt"), { lowercase: false }),
};

interface GoldenCase {
  text: string;
  ids: number[];
  offsets: [number, number][];
  decoded: string;
  decoded_without_special_tokens?: string;
  ids_with_special_tokens?: number[];
}

interface GoldenPair {
  pair: [string, string];
  max_length: number | null;
  truncation: "longest_first" | "only_first" | "only_second" | null;
  ids?: number[];
  type_ids: number[];
  /** Set where the cut text is too short. */
  error?: string;
}

describe.skipIf(!existsSync(files))("tokenizers agree with Hugging Face's (needs the models in LOAM_DATA)", () => {
  test.each(Object.entries(loaders))("%s: ids, offsets and decoded text", async (name, load) => {
    const golden = JSON.parse(await readFile(join(goldenFolder("tokenizers"), `${name}.json`), "utf8"));
    const tokenizer = new Tokenizer(await load());
    expect(tokenizer.vocabSize).toBe(golden.vocab_size);
    for (const item of golden.cases as GoldenCase[]) {
      const label = JSON.stringify(item.text);
      expect(tokenizer.encode(item.text, { addSpecialTokens: false }).ids, label).toEqual(item.ids);
      expect(tokenizer.encodeWithOffsets(item.text), label).toEqual({ ids: item.ids, offsets: item.offsets });
      expect(tokenizer.decode(item.ids, { skipSpecialTokens: false }), label).toBe(item.decoded);
      if (item.decoded_without_special_tokens !== undefined) {
        expect(tokenizer.decode(item.ids), label).toBe(item.decoded_without_special_tokens);
      }
      if (item.ids_with_special_tokens)
        expect(tokenizer.encode(item.text).ids, label).toEqual(item.ids_with_special_tokens);
    }
    for (const { pair, max_length, truncation, ids, type_ids, error } of (golden.pairs ?? []) as GoldenPair[]) {
      const [first, second] = pair;
      const options = { pair: second, maxLength: max_length ?? undefined, truncation: truncation ?? undefined };
      const label = JSON.stringify({ pair, max_length, truncation });
      if (error)
        expect(() => tokenizer.encode(first, options), label).toThrow(
          /expected a text longer than the \d+ tokens to cut/,
        );
      else expect(tokenizer.encode(first, options), label).toEqual({ ids, typeIds: type_ids });
    }
  });
});
