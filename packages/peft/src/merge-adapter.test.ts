import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { compile, floats, type Tensor } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { afterAll, expect, test } from "vitest";
import { goldenPath } from "../test/golden.ts";
import { largestDifference, moved } from "../test/tensors.ts";
import { type Adapter, writeAdapter } from "./adapter-files.ts";
import { baseModelOf } from "./base-model.ts";
import { foldAdapters, mergeAdapter, mergedWeights } from "./merge-adapter.ts";
import { adapterMethod } from "./registry.ts";

const name = goldenPath("models/qwen2")!;
const model = (await openModel(name)) as DecoderModel;
const base = baseModelOf(model);
const folder = mkdtempSync(join(tmpdir(), "loam-merge-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function adapterOf(type: string, options: Record<string, unknown>, seed = 1): Promise<Adapter> {
  const method = adapterMethod(type);
  const config = method.readConfig(options);
  const tensors = moved(await method.init(base, config, new Rng(seed)), { seed });
  await writeAdapter(join(folder, `${type}-${seed}`), method, { config, tensors });
  return { method, config, tensors };
}

async function numbers(weights: Record<string, Tensor>, key: string): Promise<Float32Array> {
  const program = await compile((_: Record<string, Tensor>) => ({ w: weights[key]! }), { inputs: {} });
  const { w } = await program({});
  await program.close();
  return floats(w).slice();
}

const q = "model.layers.0.self_attn.q_proj.weight";
const options = { target_modules: ["q_proj"], r: 4 };

test("several adapters are folded in one after the other: additive ones add up, scaling ones scale what is there", async () => {
  const [a, b] = [await adapterOf("LORA", options), await adapterOf("LOKR", { target_modules: ["q_proj"], r: 2 }, 2)];
  const ia3 = await adapterOf("IA3", { target_modules: ["q_proj"], feedforward_modules: [] }, 3);
  const fold = async (adapters: Adapter[]) => numbers(await foldAdapters(base, adapters), q);
  const { data: w } = await base.read(q);
  const [withA, withB, both] = [await fold([a]), await fold([b]), await fold([a, b])];
  expect(
    largestDifference(
      both,
      w.map((x, i) => withA[i]! + withB[i]! - x),
    ),
  ).toBeLessThan(1e-5);
  expect(largestDifference(await fold([b, a]), both)).toBeLessThan(1e-5);
  const scale = ia3.tensors["base_model.model.model.layers.0.self_attn.q_proj.ia3_l"]!.data;
  const columns = w.length / scale.length;
  expect(
    largestDifference(
      await fold([a, ia3]),
      withA.map((x, i) => x * scale[Math.floor(i / columns)]!),
    ),
  ).toBeLessThan(1e-5);
  const files = await mergedWeights(name, [join(folder, "LORA-1"), join(folder, "LOKR-2")]);
  expect(largestDifference(files[q]!.data, both)).toBeLessThan(1e-6);
});

test("folding leaves the base as it is, to the bit: there is nothing to take out again", async () => {
  const before = await base.read(q);
  const bytes = readFileSync(join(name, "model.safetensors"));
  await adapterOf("LORA", options);
  await mergeAdapter(name, join(folder, "LORA-1"), join(folder, "merged"));
  expect(await base.read(q)).toEqual(before);
  expect(readFileSync(join(name, "model.safetensors")).equals(bytes)).toBe(true);
  expect((await baseModelOf(await openModel(join(folder, "merged"))).read(q)).data).not.toEqual(before.data);
});

test("what is no change of weights is refused", async () => {
  const adapter = await adapterOf("PROMPT_TUNING", { num_virtual_tokens: 2 });
  const file = await adapter.method.toFile!(base, adapter.config, adapter.tensors);
  await expect(foldAdapters(base, [{ ...adapter, ...file }])).rejects.toThrow(
    "PROMPT_TUNING adapters cannot be folded",
  );
});
