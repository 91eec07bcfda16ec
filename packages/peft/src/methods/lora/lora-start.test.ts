import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { adamW, compile, floats, type Tensor, value } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { afterAll, describe, expect, test } from "vitest";
import { goldenPath } from "../../../test/golden.ts";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { largestDifference, moved, readTensors } from "../../../test/tensors.ts";
import { readAdapter, writeAdapter } from "../../files/adapter-files.ts";
import { fitAdapter } from "../../files/fit-adapter.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import {
  type AdapterTensors,
  type Attachment,
  type BaseModel,
  certain,
  type TensorValue,
} from "../../layers/method.ts";
import { overlay } from "../../layers/overlay.ts";
import { writePlainLora } from "../../merging/combine-adapters.ts";
import { frozen, mapTensors, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { adaptedForward } from "../../running/adapted-forward.ts";
import { compileTrainStep } from "../../trainer/steps/train-step.ts";
import { adapterMethod } from "../registry.ts";

const lora = adapterMethod("LORA");
const model = (await openModel(goldenPath("models/qwen2")!)) as DecoderModel;
const base = baseModelOf(model);
const folder = mkdtempSync(join(tmpdir(), "loam-start-"));
afterAll(() => rmSync(folder, { recursive: true }));

const targets = { target_modules: ["q_proj", "down_proj"], r: 4, lora_alpha: 6 };
const key = (part: string) => `base_model.model.model.layers.0.self_attn.q_proj.${part}`;

async function logitsWith(attachment: Attachment): Promise<Float32Array> {
  const shape = [1, 6];
  const program = await compile(
    (x: { ids: Tensor; mask: Tensor; positions: Tensor }) => {
      const { hidden, logits } = adaptedForward(model, attachment, x);
      return { logits: logits(hidden) };
    },
    {
      inputs: { ids: { dtype: "int64", shape }, mask: { dtype: "bool", shape }, positions: { dtype: "int64", shape } },
    },
  );
  const { logits } = await program({
    ids: value([5, 9, 33, 70, 8, 120], shape, "int64"),
    mask: value(Array<boolean>(6).fill(true), shape),
    positions: value([0, 1, 2, 3, 4, 5], shape, "int64"),
  });
  await program.close();
  return floats(logits);
}
const untouched = await logitsWith({});
const attached = (config: ReturnType<typeof lora.readConfig>, tensors: AdapterTensors<TensorValue>) =>
  logitsWith(lora.attach(base, config, frozen(tensors), certain));

const starts = ["pissa", "pissa_niter_8", "olora"] as const;

describe.each([...starts, "gaussian", "orthogonal", true])("init_lora_weights %s", (init) => {
  test.each([{}, { use_dora: true }, { use_rslora: true }])(
    "a fresh adapter leaves the model as it was: %o",
    async (more) => {
      const config = lora.readConfig({ ...targets, ...more, init_lora_weights: init });
      const tensors = await lora.init(base, config, new Rng(1));
      expect(largestDifference(await attached(config, tensors), untouched)).toBeLessThan(2e-4);
    },
  );
});

test("PiSSA starts from the largest singular triplets: ‖W − s·BA‖ is what is left of the values, and A, B share them evenly", async () => {
  const config = lora.readConfig({ ...targets, init_lora_weights: "pissa" });
  const tensors = await lora.init(base, config, new Rng(1));
  const [A, B] = [tensors[key("lora_A.weight")]!, tensors[key("lora_B.weight")]!];
  const rows = Array.from({ length: 4 }, (_, k) => A.data.subarray(k * A.shape[1]!, (k + 1) * A.shape[1]!));
  const norms = rows.map((row) => Math.hypot(...row));
  const columns = Array.from({ length: 4 }, (_, k) =>
    Math.hypot(...Array.from({ length: B.shape[0]! }, (_, o) => B.data[o * 4 + k]!)),
  );
  expect(largestDifference(norms, columns)).toBeLessThan(1e-5);
  expect(norms).toEqual([...norms].sort((a, b) => b - a));
  for (let i = 0; i < 4; i++)
    for (let j = 0; j < i; j++)
      expect(Math.abs(rows[i]!.reduce((sum, x, at) => sum + x * rows[j]![at]!, 0))).toBeLessThan(1e-5);
});

test("false starts away from the identity; r must be even for orthogonal; unknown words are refused", async () => {
  const config = lora.readConfig({ ...targets, init_lora_weights: false });
  expect(
    largestDifference(await attached(config, await lora.init(base, config, new Rng(1))), untouched),
  ).toBeGreaterThan(1e-3);
  expect(() => lora.readConfig({ ...targets, r: 3, init_lora_weights: "orthogonal" })).toThrow("even");
  expect(() => lora.readConfig({ ...targets, init_lora_weights: "pisa" })).toThrow("init_lora_weights");
  const eva = lora.readConfig({ ...targets, init_lora_weights: "eva" });
  await expect(lora.init(base, eva, new Rng(1))).rejects.toThrow('"eva" is not computed here');
});

describe.each(starts)("%s", (init) => {
  const config = lora.readConfig({ ...targets, init_lora_weights: init });
  const trained = (async () => moved(await lora.init(base, config, new Rng(1)), { by: 0.02, except: lora.isFrozen }))();

  test("the file has PEFT's keys; read again it is the trained adapter", async () => {
    const path = join(folder, init);
    await writeAdapter(path, lora, await lora.toFile!(base, config, await trained));
    const keys = Object.keys((await readAdapter(path)).tensors);
    expect(keys.every((name) => /\.lora_[AB]\.weight$/.test(name))).toBe(true);
    const again = await fitAdapter(base, await readAdapter(path));
    expect(
      largestDifference(
        await attached(again.config as typeof config, again.tensors),
        await attached(config, await trained),
      ),
    ).toBeLessThan(1e-5);
  });

  test("as a plain LoRA of twice the rank it answers the same on the base as it is", async () => {
    const path = join(folder, `${init}-plain`);
    await writePlainLora(join(folder, init), path);
    expect(JSON.parse(readFileSync(join(path, "adapter_config.json"), "utf8"))).toMatchObject({
      init_lora_weights: true,
      r: 8,
      lora_alpha: 12,
    });
    const plain = await fitAdapter(base, await readAdapter(path));
    expect(plain.tensors[key("lora_A.weight")]!.shape[0]).toBe(8);
    expect(
      largestDifference(
        await attached(plain.config as typeof config, plain.tensors),
        await attached(config, await trained),
      ),
    ).toBeLessThan(1e-4);
  });

  test("folded into the weights it gives the live logits", async () => {
    const merged = lora.merge!(base, config, frozen(await trained));
    const live = await attached(config, await trained);
    expect(largestDifference(await logitsWith({ parameters: overlay(model.parameters, merged) }), live)).toBeLessThan(
      2e-4,
    );
  });
});

test("a folder of PEFT has no start beside it: what the base determines is made again, what chance chose is refused", async () => {
  for (const init of ["pissa", "olora"]) {
    const config = lora.readConfig({ ...targets, init_lora_weights: init });
    const tensors = moved(await lora.init(base, config, new Rng(1)), { by: 0.02, except: lora.isFrozen });
    const file = await lora.toFile!(base, config, tensors);
    const again = await fitAdapter(base, { method: lora, config, tensors: file.tensors });
    expect(again.tensors).toEqual(tensors);
  }
  const config = lora.readConfig({ ...targets, init_lora_weights: "pissa_niter_4" });
  const fresh = Object.entries(await lora.init(base, config, new Rng(1)));
  const tensors = Object.fromEntries(fresh.filter(([key]) => !lora.isFrozen!(key)));
  await expect(fitAdapter(base, { method: lora, config, tensors })).rejects.toThrow("found by chance");
});

test("training on the start's residual is training on a base that has the residual as its weights", async () => {
  const batches = await readTensors(goldenPath("peft/train_batches.safetensors")!);
  const config = lora.readConfig({ ...targets, init_lora_weights: "pissa" });
  const initial = await lora.init(base, config, new Rng(1));
  const isStart = (name: string) => name.endsWith(".initial");
  // The base with W − s·B₀A₀: the same adapter with B negated and added up, folded in.
  const negated = mapTensors(initial, (tensor, name) =>
    name.includes("lora_B.weight") ? { ...tensor, data: tensor.data.map((x) => -x) } : tensor,
  );
  const plainConfig = lora.readConfig(targets);
  const plain = Object.fromEntries(Object.entries(initial).filter(([name]) => !isStart(name)));
  const residual = lora.merge!(
    base,
    plainConfig,
    frozen(Object.fromEntries(Object.entries(negated).filter(([name]) => !isStart(name)))),
  );
  const mutated: BaseModel = { ...base, model: { ...model, parameters: overlay(model.parameters, residual) } };

  const losses = async (on: BaseModel, options: typeof config, tensors: AdapterTensors<TensorValue>) => {
    const optimiser = adamW({ weightDecay: 0 });
    const step = await compileTrainStep(on, lora, options, tensors, { optimiser });
    let params: Record<string, ReturnType<typeof toValue>> = mapTensors(tensors, toValue);
    let state = optimiser.initialState(
      typesOf(Object.fromEntries(Object.entries(tensors).filter(([name]) => !isStart(name)))),
    );
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      const result = await step.run({ params, state, batches: [recordedBatch(batches, i)], learningRate: 1e-2 });
      seen.push(result.loss);
      params = result.params as typeof params;
      state = result.state;
    }
    await step.close();
    return seen;
  };
  const [ours, theirs] = [await losses(base, config, initial), await losses(mutated, plainConfig, plain)];
  expect(largestDifference(ours, theirs)).toBeLessThan(1e-3);
  expect(ours[3]).toBeLessThan(ours[0]!);
});
