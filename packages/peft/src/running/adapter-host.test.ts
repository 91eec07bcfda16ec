import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { afterAll, describe, expect, test } from "vitest";
import { goldenPath } from "../../test/golden.ts";
import { methodOptions } from "../../test/method-options.ts";
import { moved } from "../../test/tensors.ts";
import { quantizedModel } from "../few-bits/quantized-model.ts";
import { type Adapter, writeAdapter } from "../files/adapter-files.ts";
import { baseModelOf } from "../layers/base-model.ts";
import { certain } from "../layers/method.ts";
import { adapterMethods } from "../methods/registry.ts";
import { frozen } from "../numbers/tensor-value.ts";
import { openAdapterHost } from "./adapter-host.ts";

const model = (await openModel(goldenPath("models/qwen2")!)) as DecoderModel;
const base = baseModelOf(model);
const folder = mkdtempSync(join(tmpdir(), "loam-host-"));
const host = await openAdapterHost(model, { threads: 1 });
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const prompt = [5, 9, 33, 70, 8];
const greedy = { maxNewTokens: 12, temperature: 0, logprobs: 0 } as const;

async function adapterOf(type: string, seed: number, more: Record<string, unknown> = {}): Promise<Adapter> {
  const method = adapterMethods.find((candidate) => candidate.type === type)!;
  const config = method.readConfig({ ...methodOptions[type], ...more });
  const tensors = moved(await method.init(base, config, new Rng(seed)), { seed, except: method.isFrozen });
  return { method, config, ...((await method.toFile?.(base, config, tensors)) ?? { tensors }) };
}

/** Tokens with their log probabilities: what tells two sets of weights apart. */
async function answer(generator: Pick<TextGenerator, "generate">, options: object = {}): Promise<string> {
  const [{ ids, logprobs }] = (await generator.generate([prompt], { ...greedy, ...options })) as [
    Awaited<ReturnType<TextGenerator["generate"]>>[number],
  ];
  return `${ids} ${logprobs!.map(({ logprob }) => logprob.toFixed(3))}`;
}

const alone = await TextGenerator.open(model, { threads: 1 });
const untouched = await answer(alone);
await alone.close();

describe.each(adapterMethods.map(({ type }) => type))("%s", (type) => {
  test("loaded beside others it answers as it does alone, and the base as before", async () => {
    const adapter = await adapterOf(type, 1);
    await host.load(type, adapter);
    const {
      hooks,
      parameters,
      past,
      prompt: front,
    } = adapter.method.attach(
      base,
      adapter.config,
      frozen((await adapter.method.complete?.(base, adapter.config, adapter)) ?? adapter.tensors),
      certain,
    );
    const own = await TextGenerator.open(model, { threads: 1, hooks, parameters, past, prompt: front });
    const expected = await answer(own);
    await own.close();
    expect(await answer(host, { adapter: type })).toBe(expected);
    expect(expected).not.toBe(untouched);
    expect(await answer(host)).toBe(untouched);
  });
});

test("each of many requests at the same time gets the adapter it asked for", async () => {
  const names = [undefined, ...host.adapters];
  const apart: string[] = [];
  for (const adapter of names) apart.push(await answer(host, { adapter }));
  expect(new Set(apart).size).toBe(names.length);
  const together = await Promise.all([...names, ...names].map((adapter) => answer(host, { adapter })));
  expect(together).toEqual([...apart, ...apart]);
});

test("adapters of one kind share a compiled model, prompts share the base's", async () => {
  const few = await openAdapterHost(model, { threads: 1 });
  for (let i = 0; i < 4; i++) {
    await writeAdapter(join(folder, `lora-${i}`), adapterMethods[0]!, await adapterOf("LORA", i, { use_dora: false }));
    await few.load(`lora-${i}`, join(folder, `lora-${i}`));
    await few.load(`prompt-${i}`, await adapterOf("PROMPT_TUNING", i, { num_virtual_tokens: 1 + i }));
  }
  expect(new Set(await Promise.all(few.adapters.map((adapter) => answer(few, { adapter })))).size).toBe(8);
  expect(few.sessionCount).toBe(2);
  await few.load("scaled", await adapterOf("LORA", 1, { use_dora: false, lora_alpha: 3 }));
  expect(few.sessionCount).toBe(3);
  await few.unload("scaled");
  expect(few.sessionCount).toBe(2);
  await few.close();
});

test("a base in 4 bits is packed once for all adapters of a kind, and PiSSA starts from what its weights stand for", async () => {
  const packed = await openAdapterHost(await quantizedModel(model, { type: "nf4" }), { threads: 1 });
  const options = { use_dora: false, target_modules: ["q_proj"], init_lora_weights: "pissa", r: 4 };
  await packed.load("a", await adapterOf("LORA", 1, options));
  await packed.load("b", await adapterOf("LORA", 2, options));
  const answers = [
    await answer(packed),
    await answer(packed, { adapter: "a" }),
    await answer(packed, { adapter: "b" }),
  ];
  expect(new Set(answers).size).toBe(3);
  expect(packed.sessionCount).toBe(2);
  await packed.close();
});

test("an adapter that is unloaded answers what it has begun; then its name is free", async () => {
  const stream = host.stream(prompt, { ...greedy, adapter: "LOHA" });
  const first = stream.next();
  const unloading = host.unload("LOHA");
  await expect(host.generate([prompt], { adapter: "LOHA" })).rejects.toThrow(/adapter "LOHA" does not exist/i);
  await expect(first).rejects.toThrow("tokenizer"); // the recorded model has none, but the request was taken
  await unloading;
  await host.load("LOHA", await adapterOf("LOHA", 2));
  const answering = answer(host, { adapter: "LOHA" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await host.unload("LOHA");
  expect(await answering).toMatch(/^\d/);
});

test("names are unique, and a name whose loading failed can be used", async () => {
  await host.load("twice", await adapterOf("IA3", 1));
  await expect(host.load("twice", await adapterOf("IA3", 1))).rejects.toThrow("a name that no adapter has yet");
  await expect(host.load("gone", join(folder, "nowhere"))).rejects.toThrow("adapter_config.json");
  await host.load("gone", await adapterOf("IA3", 3));
  await expect(host.generate([prompt], { adapter: "twize" })).rejects.toThrow(/twice/);
});
