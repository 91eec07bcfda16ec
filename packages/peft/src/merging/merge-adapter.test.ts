import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { floats } from "@loam/graph";
import { type DecoderModel, exportModelGguf, forward, openModel } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll, expect, test } from "vitest";
import { hasLlamaCpp, openLlamaCpp } from "../../../models/test/llama-cpp.ts";
import { exportGguf } from "../export/gguf-adapter.ts";
import { exportAdaptedOnnx } from "../export/merged-onnx.ts";
import { writeAdapter } from "../files/adapter-files.ts";
import { baseModelOf } from "../layers/base-model.ts";
import { adapterMethod } from "../methods/registry.ts";
import { openAdapter } from "../running/adapted-generator.ts";
import { mergeAdapter } from "./merge-adapter.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-merge-"));
const base = tinyChatModel();
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(base, { recursive: true });
});
const ids = [5, 17, 200, 31, 8];

/** A LoRA with random numbers on the named layers. */
async function randomLora(name: string, targets: string[]): Promise<string> {
  const method = adapterMethod("LORA");
  const config = method.readConfig({ r: 2, lora_alpha: 4, target_modules: targets });
  const rng = new Rng(7);
  const tensors = await method.init(baseModelOf(await openModel(base)), config, rng);
  for (const { data } of Object.values(tensors)) for (let i = 0; i < data.length; i++) data[i] = rng.normal() * 0.1;
  const output = join(folder, name);
  await writeAdapter(output, method, { config, tensors });
  return output;
}

async function logits(name: string, adapter?: string): Promise<Float32Array> {
  const model = (await openModel(name)) as DecoderModel;
  const { hooks, parameters } = adapter ? await openAdapter(adapter, model) : {};
  return floats((await forward(model, { inputIds: [ids] }, { threads: 1, hooks, parameters })).logits!);
}
const largest = (a: Float32Array, b: Float32Array) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8"));

test("a merged folder has everything that transformers asks for, in the type asked for, in shards with an index", async () => {
  const adapter = await randomLora("qv", ["q_proj", "v_proj"]);
  const output = join(folder, "merged");
  await mergeAdapter(base, adapter, output, { dtype: "bf16", shardBytes: 60_000 });
  expect(readdirSync(output)).toEqual(
    expect.arrayContaining([
      "README.md",
      "config.json",
      "generation_config.json",
      "model.safetensors.index.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]),
  );
  const { weight_map, metadata } = json(output, "model.safetensors.index.json");
  expect(new Set(Object.values(weight_map)).size).toBeGreaterThan(2);
  const model = await openModel(output);
  const bytes = [...model.checkpoint.tensors.values()].map(({ dtype, shape }) => {
    expect(dtype).toBe("bfloat16");
    return 2 * shape.reduce((a, b) => a * b, 1);
  });
  expect(metadata.total_size).toBe(bytes.reduce((a, b) => a + b));
  expect(json(output, "config.json")).toMatchObject({ dtype: "bfloat16", tie_word_embeddings: true });
  const card = readFileSync(join(output, "README.md"), "utf8");
  expect(card).toContain("library_name: transformers");
  expect(card).not.toContain("base_model:"); // a path here is no model on the Hub
  expect(largest(await logits(output), await logits(base, adapter))).toBeLessThan(0.2);
});

test("a Llama base goes to GGUF and comes back with the rows that each side turns, its adapter too", async () => {
  const source = join(folder, "llama");
  mkdirSync(source);
  const config = { ...json(base, "config.json"), model_type: "llama" };
  writeFileSync(join(source, "config.json"), JSON.stringify(config));
  copyFileSync(join(base, "model.safetensors"), join(source, "model.safetensors"));
  const model = (await openModel(source)) as DecoderModel;
  const { path } = await exportModelGguf(model, { outFile: join(folder, "llama.gguf"), type: "f32" });
  const adapter = await randomLora("zero", ["v_proj"]);
  const output = join(folder, "from-gguf");
  await mergeAdapter(path, adapter, output);
  expect(json(output, "config.json")).not.toHaveProperty("rope_pairing");
  expect(largest(await logits(output), await logits(source, adapter))).toBeLessThan(1e-5);
  if (!hasLlamaCpp) return;
  const onQueries = await randomLora("queries", ["q_proj", "k_proj"]);
  const lora = join(folder, "queries.gguf");
  await exportGguf(onQueries, { base: source, outFile: lora, type: "f32" });
  const peer = await openLlamaCpp(path, { lora });
  const expected = (await logits(source, onQueries)).slice(-model.config.vocabSize);
  expect(largest(await peer.logits(ids), expected)).toBeLessThan(1e-4);
  expect(largest((await logits(source)).slice(-model.config.vocabSize), expected)).toBeGreaterThan(0.01);
  await peer.close();
});

test("an output layer tied to the embeddings gets a weight of its own, and the embeddings stay", async () => {
  const adapter = await randomLora("head", ["lm_head"]);
  const output = join(folder, "untied");
  await mergeAdapter(base, adapter, output);
  expect(json(output, "config.json").tie_word_embeddings).toBe(false);
  const expected = await logits(base, adapter);
  expect(largest(await logits(output), expected)).toBeLessThan(1e-4);
  expect(largest(await logits(base), expected)).toBeGreaterThan(0.01);
  const { files } = await exportAdaptedOnnx(base, adapter, { outDir: join(folder, "untied-onnx") });
  expect(files).toHaveLength(1);
});
