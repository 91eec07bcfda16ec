import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataFolder } from "../../test/golden.ts";
import { openTokenizer } from "./load.ts";
import { parseSentencePieceModel, sentencePieceTokenizerJson } from "./sentencepiece.ts";
import { Tokenizer } from "./tokenizer.ts";

/** A protobuf field. */
function field(number: number, value: string | Uint8Array | number, kind: "text" | "float" | "int" = "text"): Buffer {
  if (kind === "int") return Buffer.from([number << 3, value as number]);
  if (kind === "float")
    return Buffer.concat([Buffer.from([(number << 3) | 5]), Buffer.from(Float32Array.of(value as number).buffer)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

const piece = (text: string, score: number, type = 1) =>
  field(1, Buffer.concat([field(1, text), field(2, score, "float"), field(3, type, "int")]));
const unigram = Buffer.concat([
  piece("<unk>", 0, 2),
  piece("<s>", 0, 3),
  piece("</s>", 0, 3),
  piece("▁", -4),
  piece("▁he", -3),
  piece("llo", -3),
  piece("▁hell", -5),
  piece("o", -4),
  field(2, field(3, 1, "int")),
]);

describe("SentencePiece", () => {
  test("a unigram model takes the most probable segmentation and puts <s> in front", () => {
    const tokenizer = new Tokenizer(sentencePieceTokenizerJson(parseSentencePieceModel(unigram)));
    expect(tokenizer.encode("hello").ids.map((id) => tokenizer.token(id))).toEqual(["<s>", "▁he", "llo"]);
    expect(tokenizer.decode(tokenizer.encode("hello hello").ids).trim()).toBe("hello hello");
  });

  test("a file that is cut or no model is refused", () => {
    expect(() => parseSentencePieceModel(unigram.subarray(0, 35), "t.model")).toThrow(
      "t.model is not a SentencePiece model: it ends within a",
    );
    expect(() => parseSentencePieceModel(Buffer.from([]), "t.model")).toThrow("t.model holds no pieces");
  });

  const folder = join(dataFolder, "models/llama2c");
  test.skipIf(!existsSync(folder))(
    "Llama 2's model encodes as is known, in SentencePiece's and llama2.c's form (needs LOAM_DATA)",
    async () => {
      const [model, bin] = await Promise.all([
        openTokenizer(join(folder, "tokenizer32000.model")),
        openTokenizer(join(folder, "tokenizer32000.bin")),
      ]);
      expect(model.encode("Hello world").ids).toEqual([1, 15043, 3186]);
      for (const text of [
        "Once upon a time, there was a llama.",
        "  two spaces",
        "机器学习 🙂",
        "a\nb",
        "def f(x):\n    return x",
        "",
      ]) {
        const { ids } = model.encode(text);
        expect(bin.encode(text).ids, text).toEqual(ids);
        expect(model.decode(ids), text).toBe(text);
      }
      expect(model.vocabSize).toBe(32000);
      await expect(readFile(join(folder, "absent.model"))).rejects.toThrow();
    },
  );
});
