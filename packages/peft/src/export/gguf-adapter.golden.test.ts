import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GgufFile } from "@loam/formats";
import { floats } from "@loam/graph";
import { type DecoderModel, exportModelGguf, forward, openModel } from "@loam/models";
import { afterAll, describe, expect, test } from "vitest";
import { hasLlamaCpp, openLlamaCpp } from "../../../models/test/llama-cpp.ts";
import { baseOf as baseOfSet, goldenPath } from "../../test/golden.ts";
import { type Adapter, readAdapter } from "../files/adapter-files.ts";
import { baseModelOf } from "../layers/base-model.ts";
import { type Attachment, certain } from "../layers/method.ts";
import { frozen } from "../numbers/tensor-value.ts";
import { openAdapter } from "../running/adapted-generator.ts";
import { exportGguf } from "./gguf-adapter.ts";
import { exportMergedGguf } from "./merged-gguf.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-gguf-lora-"));
afterAll(() => rmSync(folder, { recursive: true }));
const peft = goldenPath("peft")!;
const ids = [5, 17, 93, 31, 8, 99, 50, 3, 3, 77, 41, 12];

const cases = readdirSync(peft).filter((name) => existsSync(join(peft, name, "adapter/adapter_config.json")));
const baseOf = (name: string) =>
  baseOfSet(peft, JSON.parse(readFileSync(join(peft, name, "golden.json"), "utf8")).base_model);
const configOf = (name: string) => JSON.parse(readFileSync(join(peft, name, "adapter/adapter_config.json"), "utf8"));
const exact = cases.filter((name) => /^(lora_qv|lora_all|lora_gpt2|adalora|loha|lokr)/.test(name));
const refused = cases.filter((name) =>
  /^(lora_patterns|dora|ia3|bitfit|prefix|p_tuning|prompt|seq_bn|par_bn)/.test(name),
);

async function adaptedLogits(model: DecoderModel, adapter?: string | Adapter): Promise<Float32Array> {
  const { hooks, parameters }: Attachment =
    typeof adapter === "string"
      ? await openAdapter(adapter, model)
      : adapter
        ? adapter.method.attach(baseModelOf(model), adapter.config, frozen(adapter.tensors), certain)
        : {};
  const { logits } = await forward(model, { inputIds: [ids] }, { threads: 1, hooks, parameters });
  return floats(logits!).slice(-model.config.vocabSize);
}
const largest = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe.skipIf(!hasLlamaCpp)("llama.cpp with a GGUF LoRA on a GGUF base (needs its binary)", () => {
  test.each(exact)("%s gives our logits, with the adapter and without", async (name) => {
    const adapter = join(peft, name, "adapter");
    const model = (await openModel(baseOf(name))) as DecoderModel;
    const base = join(folder, "base.gguf");
    const lora = join(folder, `${name}.gguf`);
    await exportModelGguf(model, { outFile: base, type: "f32" });
    const report = await exportGguf(adapter, { base: model, outFile: lora, type: "f32" });
    expect(report.relativeError).toBe(0);
    const tolerance = name.includes("gpt2") ? 2e-2 : 1e-4; // GELU by a table of half-precision numbers
    const plain = await openLlamaCpp(base);
    const ours = await adaptedLogits(model);
    expect(largest(await plain.logits(ids), ours)).toBeLessThan(tolerance);
    await plain.close();
    const adapted = await openLlamaCpp(base, { lora });
    const theirs = await adapted.logits(ids);
    await adapted.close();
    const expected = await adaptedLogits(model, adapter);
    expect(largest(theirs, expected)).toBeLessThan(tolerance);
    expect(largest(expected, ours)).toBeGreaterThan(20 * tolerance); // it does something
  });

  test.skipIf(!cases.includes("lora_patterns"))("ranks and α that differ from layer to layer stay exact", async () => {
    const { tensors, ...read } = await readAdapter(join(peft, "lora_patterns/adapter"));
    const pairs = Object.fromEntries(Object.entries(tensors).filter(([key]) => !key.endsWith(".bias")));
    const adapter: Adapter = { ...read, config: { ...read.config, bias: "none" }, tensors: pairs };
    const model = (await openModel(baseOf("lora_patterns"))) as DecoderModel;
    const [base, lora] = [join(folder, "patterns-base.gguf"), join(folder, "patterns.gguf")];
    await exportModelGguf(model, { outFile: base, type: "f32" });
    const { ranks } = await exportGguf(adapter, { base: model, outFile: lora, type: "f32" });
    const { r, rank_pattern } = configOf("lora_patterns");
    const all = [r, ...(Object.values(rank_pattern) as number[])];
    expect(ranks).toEqual({ min: Math.min(...all), max: Math.max(...all) });
    const peer = await openLlamaCpp(base, { lora });
    expect(largest(await peer.logits(ids), await adaptedLogits(model, adapter))).toBeLessThan(1e-4);
    await peer.close();
  });

  test("a merged model has the adapter's logits without it", async () => {
    const name = cases.includes("dora") ? "dora" : "ia3";
    const adapter = join(peft, name, "adapter");
    const model = (await openModel(baseOf(name))) as DecoderModel;
    const outFile = join(folder, "merged.gguf");
    await exportMergedGguf(baseOf(name), adapter, { outFile, type: "f32" });
    const peer = await openLlamaCpp(outFile);
    expect(largest(await peer.logits(ids), await adaptedLogits(model, adapter))).toBeLessThan(1e-4);
    await peer.close();
  });
});

test("an adapter of full scale keeps α and the numbers of A and B, as convert_lora_to_gguf.py does", async () => {
  const outFile = join(folder, "plain.gguf");
  const report = await exportGguf(join(peft, "lora_qv/adapter"), { base: baseOf("lora_qv"), outFile, type: "f32" });
  const file = await GgufFile.open(outFile);
  const config = configOf("lora_qv");
  const { hiddenSize, keyValueHeads, headDim } = ((await openModel(baseOf("lora_qv"))) as DecoderModel).config;
  expect(Object.fromEntries(file.metadata)).toMatchObject({
    "general.architecture": "qwen2",
    "general.type": "adapter",
    "adapter.type": "lora",
    "adapter.lora.alpha": config.lora_alpha,
  });
  expect(report).toMatchObject({ ranks: { min: config.r, max: config.r }, layers: file.tensors.size / 2 });
  expect(file.tensors.get("blk.0.attn_q.weight.lora_a")!.shape).toEqual([config.r, hiddenSize]);
  expect(file.tensors.get("blk.0.attn_v.weight.lora_b")!.shape).toEqual([keyValueHeads * headDim, config.r]);
  await file.close();
});

test("a smaller rank says how much of the update it loses, less the more ranks there are", async () => {
  const { r } = configOf("lora_qv");
  const errors: number[] = [];
  for (let rank = 1; rank < r; rank++) {
    const report = await exportGguf(join(peft, "lora_qv/adapter"), {
      base: baseOf("lora_qv"),
      outFile: join(folder, `rank-${rank}.gguf`),
      rank,
    });
    expect(report.ranks).toEqual({ min: rank, max: rank });
    errors.push(report.relativeError);
  }
  expect(errors.length).toBeGreaterThan(0);
  expect(errors).toEqual([...new Set(errors)].sort((a, b) => b - a));
  expect(errors.at(-1)!).toBeGreaterThan(0);
});

test.each(refused)("%s is no LoRA, and the error says what to do", async (name) => {
  const model = await openModel(baseOf(name));
  if (model.kind !== "decoder") return;
  await expect(
    exportGguf(join(peft, name, "adapter"), { base: model, outFile: join(folder, "no.gguf") }),
  ).rejects.toThrow(/cannot become a plain LoRA/);
  expect(existsSync(join(folder, "no.gguf"))).toBe(false);
});
