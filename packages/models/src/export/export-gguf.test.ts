import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Rng } from "@loam/core";
import { type TensorToWrite, writeSafetensors } from "@loam/formats";
import { floats } from "@loam/graph";
import { afterAll, describe, expect, test } from "vitest";
import { dataFolder, goldenFolder } from "../../test/golden.ts";
import { hasLlamaCpp, openLlamaCpp } from "../../test/llama-cpp.ts";
import { llama } from "../architectures/llama.ts";
import { TextGenerator } from "../generation/generate.ts";
import { forward } from "../model/forward.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { tinyChatModel } from "../testing/index.ts";
import { exportModelGguf } from "./export-gguf.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-gguf-export-"));
afterAll(() => rmSync(folder, { recursive: true }));
const ids = [5, 17, 93, 31, 8, 99, 50, 3, 3, 77, 41, 12];

async function lastLogits(model: DecoderModel, read: readonly number[]): Promise<Float32Array> {
  const { logits } = await forward(model, { inputIds: [[...read]] }, { threads: 1 });
  return floats(logits!).slice(-model.config.vocabSize);
}

const largest = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

/** llama.cpp looks GELU up in a table of half-precision numbers; without it, float32 sums in another order are left. */
const tolerance: Record<string, number> = { gemma3: 5e-3, gpt2: 5e-3 };

const slidingWindow = (source: string): number | undefined =>
  existsSync(source) ? JSON.parse(readFileSync(join(source, "config.json"), "utf8")).sliding_window : undefined;

describe.each(["llama", "mistral", "qwen2", "qwen3", "gemma3", "gpt2"])("%s as GGUF", (name) => {
  const source = join(goldenFolder("models"), name);
  const outFile = join(folder, `${name}.gguf`);
  /** llama.cpp has no sliding window for Mistral: up to its length there is no difference. */
  const read = name === "mistral" ? ids.slice(0, slidingWindow(source)) : ids;

  test.skipIf(!existsSync(source))("opens here with the same logits", async () => {
    const model = (await openModel(source)) as DecoderModel;
    const { notes } = await exportModelGguf(model, { outFile, type: "f32" });
    expect(notes).toHaveLength(name === "mistral" ? 1 : 0);
    const again = (await openModel(outFile)) as DecoderModel;
    expect(largest(await lastLogits(again, read), await lastLogits(model, read))).toBeLessThan(1e-5);
  });

  test.skipIf(!existsSync(source) || !hasLlamaCpp)(
    "runs in llama.cpp with the same logits (needs its binary)",
    async () => {
      const model = (await openModel(source)) as DecoderModel;
      await exportModelGguf(model, { outFile, type: "f32" });
      const peer = await openLlamaCpp(outFile);
      const difference = largest(await peer.logits(read), await lastLogits(model, read));
      await peer.close();
      expect(difference).toBeLessThan(tolerance[name] ?? 5e-5);
    },
  );
});

test("half precision halves the matrices and keeps norms in 32 bits", async () => {
  const model = (await openModel(join(goldenFolder("models"), "qwen2"))) as DecoderModel;
  const outFile = join(folder, "half.gguf");
  await exportModelGguf(model, { outFile, type: "f16" });
  const again = (await openModel(outFile)) as DecoderModel;
  expect(again.checkpoint.tensors.get("model.layers.0.mlp.up_proj.weight")!.dtype).toBe("float16");
  expect(again.checkpoint.tensors.get("model.norm.weight")!.dtype).toBe("float32");
  expect(largest(await lastLogits(again, ids), await lastLogits(model, ids))).toBeLessThan(0.05);
});

describe("tokenizers in GGUF", () => {
  const texts = [
    "Once upon a time, there were 12345 books.",
    "Ünïcödé — 中文文本和标点。 it's\n\n  two  spaces\t",
    "<|im_start|>user\nhello<|im_end|>",
  ];

  test.skipIf(!hasLlamaCpp)("a chat model of bytes keeps its ids, marks and template (needs llama.cpp)", async () => {
    const source = tinyChatModel();
    const model = (await openModel(source)) as DecoderModel;
    const outFile = join(folder, "chat.gguf");
    await exportModelGguf(model, { outFile, type: "f32" });
    const again = await openModel(outFile);
    expect(again.chatTemplate!.source).toBe(model.chatTemplate!.source);
    const peer = await openLlamaCpp(outFile);
    for (const text of texts)
      expect([...peer.model.tokenize(text, true)]).toEqual(
        model.tokenizer!.encode(text, { addSpecialTokens: false }).ids,
      );
    expect(peer.model.tokenEos()).toBe(model.tokenizer!.tokenId("<|im_end|>"));
    await peer.close();
    rmSync(source, { recursive: true });
  });

  const real = join(dataFolder, "models/tokenizers");
  test.skipIf(!hasLlamaCpp || !existsSync(real)).each(["qwen3", "llama3"])(
    "%s's tokenizer gives the same ids in llama.cpp (needs its binary and LOAM_DATA)",
    async (name) => {
      const source = await folderWithTokenizer(gunzipSync(readFileSync(join(real, `${name}-tokenizer.json.gz`))));
      const model = (await openModel(source)) as DecoderModel;
      const outFile = join(folder, `${name}-tokenizer.gguf`);
      await exportModelGguf(model, { outFile, type: "f16" });
      const peer = await openLlamaCpp(outFile);
      for (const text of texts)
        expect([...peer.model.tokenize(text, true)]).toEqual(
          model.tokenizer!.encode(text, { addSpecialTokens: false }).ids,
        );
      await peer.close();
    },
  );

  const stories = join(dataFolder, "models/llama2c");
  test.skipIf(!hasLlamaCpp || !existsSync(stories))(
    "a trained model with a SentencePiece tokenizer tells llama.cpp's users the same story (needs its binary and LOAM_DATA)",
    async () => {
      const model = (await openModel(join(stories, "stories260K.bin"), {
        tokenizer: join(stories, "tok512.bin"),
      })) as DecoderModel;
      const outFile = join(folder, "stories.gguf");
      await exportModelGguf(model, { outFile, type: "f32" });
      const peer = await openLlamaCpp(outFile);
      for (const text of ["Once upon a time", "Lily  saw a 🎈.\nIt was red!"])
        expect([...peer.model.tokenize(text, false)]).toEqual(
          model.tokenizer!.encode(text, { addSpecialTokens: false }).ids,
        );
      expect(peer.model.shouldPrependBosToken()).toBe(true);
      const prompt = model.tokenizer!.encode("Once upon a time").ids;
      const generator = await TextGenerator.open(model, { threads: 1 });
      const [story] = await generator.generate(["Once upon a time"], { temperature: 0, maxNewTokens: 24 });
      await generator.close();
      const theirs = await peer.greedy(prompt, 24);
      await peer.close();
      expect(model.tokenizer!.decode([...prompt, ...theirs])).toBe(`Once upon a time${story!.text}`);
    },
  );

  test("a way to cut words that llama.cpp has no name for is refused", async () => {
    const json = JSON.parse(readFileSync(join(tinyChatModel(), "tokenizer.json"), "utf8"));
    json.pre_tokenizer = { type: "Split", pattern: { Regex: "x+" }, behavior: "Isolated", invert: false };
    json.decoder = { type: "ByteLevel" };
    json.pre_tokenizer = {
      type: "Sequence",
      pretokenizers: [json.pre_tokenizer, { type: "ByteLevel", use_regex: false }],
    };
    const model = (await openModel(await folderWithTokenizer(JSON.stringify(json)))) as DecoderModel;
    await expect(exportModelGguf(model, { outFile: join(folder, "no.gguf") })).rejects.toThrow(
      "llama.cpp has no name that Loam knows for the way its tokenizer cuts words",
    );
  });
});

/** A Llama of one narrow layer with random weights, and as many rows as the tokenizer has tokens. */
async function folderWithTokenizer(tokenizerJson: Uint8Array | string): Promise<string> {
  const source = mkdtempSync(join(folder, "tokenizer-"));
  writeFileSync(join(source, "tokenizer.json"), tokenizerJson);
  const { model, added_tokens } = JSON.parse(tokenizerJson.toString());
  const used = [...Object.values<number>(model.vocab), ...added_tokens.map(({ id }: { id: number }) => id)];
  const json = {
    model_type: "llama",
    hidden_size: 16,
    intermediate_size: 16,
    num_attention_heads: 1,
    num_hidden_layers: 1,
    vocab_size: used.reduce((a, b) => Math.max(a, b)) + 1,
    tie_word_embeddings: true,
  };
  writeFileSync(join(source, "config.json"), JSON.stringify(json));
  const rng = new Rng(1);
  const tensors = Object.entries(llama.parameters(llama.readConfig(json))).map(([name, shape]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
    return [name, { dtype: "F32", shape, data }] as [string, TensorToWrite];
  });
  await writeSafetensors(join(source, "model.safetensors"), tensors);
  return source;
}
