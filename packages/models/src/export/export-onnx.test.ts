import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { env, pipeline, Tensor } from "@huggingface/transformers";
import { floats } from "@loam/graph";
import { afterAll, describe, expect, test } from "vitest";
import { dataFolder, goldenFolder } from "../../test/golden.ts";
import { TextGenerator } from "../generation/generate.ts";
import { forward } from "../model/forward.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { tinyChatModel } from "../testing/index.ts";
import { exportOnnx } from "./export-onnx.ts";

env.allowRemoteModels = false;
const folder = mkdtempSync(join(tmpdir(), "loam-onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** transformers.js with a local folder. */
async function openPeer(path: string, dtype: "fp32" | "q4" = "fp32") {
  env.localModelPath = dirname(path);
  return pipeline("text-generation", basename(path), { dtype, device: "cpu" });
}

const ids = [[5, 17, 200, 31, 8, 99, 150, 3, 3, 77, 41, 12]];

describe.each(["llama", "mistral", "qwen2", "qwen3", "gemma3", "gpt2"])("%s in transformers.js", (name) => {
  const source = join(goldenFolder("models"), name);

  test.skipIf(!existsSync(source))("gives our logits", async () => {
    const { AutoModelForCausalLM } = await import("@huggingface/transformers");
    const model = (await openModel(source)) as DecoderModel;
    const { path } = await exportOnnx(model, { outDir: join(folder, name) });
    env.localModelPath = dirname(path);
    const peer = await AutoModelForCausalLM.from_pretrained(basename(path), { dtype: "fp32", device: "cpu" });
    const shape = [1, ids[0]!.length];
    const { logits } = await peer({
      input_ids: new Tensor("int64", BigInt64Array.from(ids[0]!, BigInt), shape),
      attention_mask: new Tensor("int64", new BigInt64Array(shape[1]!).fill(1n), shape),
    });
    const expected = floats((await forward(model, { inputIds: ids }, { threads: 1 })).logits!);
    expect(logits.dims).toEqual([...shape, model.config.vocabSize]);
    const largest = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - logits.data[i])), 0);
    await peer.dispose();
    expect(largest).toBeLessThan(1e-4);
  });
});

test("a chat model writes the same tokens there and here, from a folder in several chunks", async () => {
  const source = tinyChatModel();
  const model = (await openModel(source)) as DecoderModel;
  const { path } = await exportOnnx(model, { outDir: join(folder, "chat"), chunkBytes: 100_000 });
  expect(readdirSync(join(path, "onnx")).length).toBeGreaterThan(3);
  const peer = await openPeer(path);
  const prompt = "Tell me, my dear";
  const [answer] = (await peer(prompt, { max_new_tokens: 16, do_sample: false, return_full_text: false })) as {
    generated_text: string;
  }[];
  await peer.dispose();
  const generator = await TextGenerator.open(model, { threads: 1 });
  const [ours] = await generator.generate([prompt], { temperature: 0, maxNewTokens: 16 });
  await generator.close();
  expect(answer!.generated_text).toBe(ours!.text);
  rmSync(source, { recursive: true });
});

const stories = join(dataFolder, "models/llama2c");
test.skipIf(!existsSync(stories))(
  "a model from one file becomes a folder that tells its story (needs LOAM_DATA)",
  async () => {
    const model = (await openModel(join(stories, "stories260K.bin"), {
      tokenizer: join(stories, "tok512.bin"),
    })) as DecoderModel;
    const { path } = await exportOnnx(model, { outDir: join(folder, "stories"), dtypes: ["fp32", "q4"] });
    for (const dtype of ["fp32", "q4"] as const) {
      const peer = await openPeer(path, dtype);
      const [story] = (await peer("Once upon a time", { max_new_tokens: 20, do_sample: false })) as {
        generated_text: string;
      }[];
      await peer.dispose();
      expect(story!.generated_text).toMatch(/^Once upon a time, there was a little girl/);
    }
  },
);
