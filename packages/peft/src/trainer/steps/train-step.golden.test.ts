import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { adamW } from "@loam/graph";
import { openModel } from "@loam/models";
import { describe, expect, test } from "vitest";
import { baseOf, goldenPath } from "../../../test/golden.ts";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { largestDifference, readTensors } from "../../../test/tensors.ts";
import { readAdapter } from "../../files/adapter-files.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import type { AdapterConfig, AdapterMethod, AdapterTensors, TensorValue } from "../../layers/method.ts";
import { adapterMethod } from "../../methods/registry.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { compileTrainStep } from "./train-step.ts";

const peft = goldenPath("peft")!;
interface Golden {
  base_model: string;
  train: {
    lr: number;
    betas: [number, number];
    eps: number;
    weight_decay: number;
    max_grad_norm: number;
    steps: number;
    losses: number[];
    grad_norms_before_clip: number[];
    float64_run: { max_abs_difference_of_final_tensors: Record<string, number> };
    adalora?: { ranks: Record<string, number[]>[] };
  };
}
const json = <T>(path: string) => JSON.parse(readFileSync(join(peft, path), "utf8")) as T;
const cases = readdirSync(peft).filter((name) => existsSync(join(peft, name, "train/initial.safetensors")));

async function adapterOf(name: string): Promise<{ method: AdapterMethod; config: AdapterConfig }> {
  if (existsSync(join(peft, name, "adapter"))) return readAdapter(join(peft, name, "adapter"));
  return { method: adapterMethod("BITFIT"), config: adapterMethod("BITFIT").readConfig({}) };
}

describe("steps of AdamW from the reference's start", () => {
  test.each(cases)("%s: losses, gradient norms and final tensors are the reference's", async (name) => {
    const { base_model, train } = json<Golden>(`${name}/golden.json`);
    const base = baseModelOf(await openModel(baseOf(peft, base_model)));
    const { method, config } = await adapterOf(name);
    const initial = await readTensors(join(peft, name, "train/initial.safetensors"));
    const optimiser = adamW({ betas: train.betas, eps: train.eps, weightDecay: train.weight_decay });
    const step = await compileTrainStep(base, method, config, initial, { optimiser, maxGradNorm: train.max_grad_norm });
    const keeper = method.keeper?.(base, config, { totalSteps: train.steps });
    const batches = await readTensors(join(peft, "train_batches.safetensors"));
    let params = mapTensors(initial, toValue);
    let state = optimiser.initialState(typesOf(initial));
    for (let i = 0; i < train.steps; i++) {
      const result = await step.run({ params, state, batches: [recordedBatch(batches, i)], learningRate: train.lr });
      expect(Math.abs(result.loss - train.losses[i]!), `loss of step ${i}`).toBeLessThan(1e-4);
      const norm = train.grad_norms_before_clip[i]!;
      expect(Math.abs(result.gradNorm - norm) / norm, `gradient norm of step ${i}`).toBeLessThan(1e-3);
      params = result.params as typeof params;
      state = result.state;
      if (!keeper) continue;
      const kept = keeper.afterStep({
        step: i + 1,
        params: mapTensors(params, toTensor),
        grads: mapTensors(result.grads!, toTensor),
      });
      if (kept) params = mapTensors(kept.params, toValue);
      const pattern = (keeper.config().rank_pattern ?? {}) as Record<string, boolean[]>;
      expect(
        mapTensors(pattern, (ranks) => ranks.map(Number)),
        `ranks after step ${i + 1}`,
      ).toEqual(train.adalora!.ranks[i]);
    }
    await step.close();
    const final = await readTensors(join(peft, name, "train/final.safetensors"));
    expectTensors(mapTensors(params, toTensor), final, train.float64_run.max_abs_difference_of_final_tensors);
    const saved = join(peft, name, "train/adapter");
    if (!existsSync(saved)) return;
    const file = await method.toFile!(base, keeper?.config() ?? config, mapTensors(params, toTensor));
    expectTensors(file.tensors, (await readAdapter(saved)).tensors, {});
  });
});

/** Within what rounding alone moves, tenfold, and never less than the 2e-4 that another attention kernel was seen to move. */
function expectTensors(
  got: AdapterTensors<TensorValue>,
  expected: AdapterTensors<TensorValue>,
  rounding: Record<string, number>,
): void {
  expect(mapTensors(got, ({ shape }) => shape)).toEqual(mapTensors(expected, ({ shape }) => shape));
  for (const [key, { data }] of Object.entries(expected)) {
    const floor = Math.max(2e-4, 10 * (rounding[key] ?? 0));
    expect(largestDifference(got[key]!.data, data), key).toBeLessThan(floor);
  }
}

test.each(["lora_qv", "double_seq_bn", "prefix_tuning_projection"])(
  "%s: layers computed again give the same losses",
  async (name) => {
    const { base_model, train } = json<Golden>(`${name}/golden.json`);
    const { method, config } = await adapterOf(name);
    const initial = await readTensors(join(peft, name, "train/initial.safetensors"));
    const optimiser = adamW({ weightDecay: train.weight_decay });
    const options = { optimiser, maxGradNorm: train.max_grad_norm, checkpointing: "layers" } as const;
    const step = await compileTrainStep(
      baseModelOf(await openModel(baseOf(peft, base_model))),
      method,
      config,
      initial,
      options,
    );
    const batches = await readTensors(join(peft, "train_batches.safetensors"));
    let params = mapTensors(initial, toValue);
    let state = optimiser.initialState(typesOf(initial));
    for (let i = 0; i < 4; i++) {
      const result = await step.run({ params, state, batches: [recordedBatch(batches, i)], learningRate: train.lr });
      expect(Math.abs(result.loss - train.losses[i]!), `loss of step ${i}`).toBeLessThan(1e-4);
      params = result.params as typeof params;
      state = result.state;
    }
    await step.close();
  },
);

test("gradients accumulated over micro-batches are those of the big batch", async () => {
  const golden = json<{
    base_model: string;
    micro_batches: number;
    lr: number;
    weight_decay: number;
    max_grad_norm: number;
    steps: number;
    big_batch: { losses: number[]; grad_norms_before_clip: number[] };
  }>("gradient_accumulation/golden.json");
  const recorded = await readTensors(join(peft, "gradient_accumulation/golden.safetensors"));
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(recorded).flatMap(([key, tensor]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
      ),
    );
  const { method, config } = await adapterOf("lora_qv");
  const initial = under("initial/");
  const optimiser = adamW({ weightDecay: golden.weight_decay });
  const step = await compileTrainStep(
    baseModelOf(await openModel(baseOf(peft, golden.base_model))),
    method,
    config,
    initial,
    {
      optimiser,
      maxGradNorm: golden.max_grad_norm,
      batches: "accumulated",
    },
  );
  let params = mapTensors(initial, toValue);
  let state = optimiser.initialState(typesOf(initial));
  const batches = under("batches/");
  const rows = batches.input_ids!.shape[1]! / golden.micro_batches;
  for (let i = 0; i < golden.steps; i++) {
    const micro = Array.from({ length: golden.micro_batches }, (_, m) =>
      recordedBatch(batches, i, { from: m * rows, to: (m + 1) * rows }),
    );
    const result = await step.run({ params, state, batches: micro, learningRate: golden.lr });
    expect(Math.abs(result.loss - golden.big_batch.losses[i]!), `loss of step ${i}`).toBeLessThan(1e-5);
    const norm = golden.big_batch.grad_norms_before_clip[i]!;
    expect(Math.abs(result.gradNorm - norm), `gradient norm of step ${i}`).toBeLessThan(1e-4);
    params = result.params as typeof params;
    state = result.state;
  }
  await step.close();
  expectTensors(mapTensors(params, toTensor), under("final/"), {});
});
