import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, toFloat32 } from "@loam/core";
import { adamW } from "@loam/graph";
import { openModel } from "@loam/models";
import { describe, expect, test } from "vitest";
import { goldenPath } from "../../test/golden.ts";
import { baseModelOf } from "../base-model.ts";
import type { Batch } from "../data/pack.ts";
import type { TensorValue } from "../method.ts";
import { adapterMethod, adapterMethods } from "../registry.ts";
import { toTensor, toValue } from "../tensor-value.ts";
import { compileTrainStep } from "./train-step.ts";

const peft = goldenPath("peft")!;
interface Golden {
  base_model: string;
  peft_type: string;
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
  };
}
const golden = (name: string) => JSON.parse(readFileSync(join(peft, name, "golden.json"), "utf8")) as Golden;
const known = new Set(adapterMethods.map((method) => method.type));
const cases = readdirSync(peft).filter(
  (name) =>
    existsSync(join(peft, name, "train/initial.safetensors")) &&
    existsSync(join(peft, name, "adapter")) &&
    known.has(golden(name).peft_type),
);

async function readTensors(path: string): Promise<Record<string, TensorValue>> {
  const { tensors } = await readSafetensors(path);
  return Object.fromEntries(
    [...tensors].map(([key, { dtype, shape, data }]) => [key, { shape, data: toFloat32(dtype, data) }]),
  );
}

/** Batch `step` of the recorded ones, padded at the right. */
function batchOf(batches: Record<string, TensorValue>, step: number): Batch {
  const [, B, T] = batches.input_ids!.shape as [number, number, number];
  const part = (name: string) => Int32Array.from(batches[name]!.data.subarray(step * B * T, (step + 1) * B * T));
  const labels = part("labels");
  return {
    B,
    T,
    ids: part("input_ids"),
    labels,
    positions: Int32Array.from({ length: B * T }, (_, i) => i % T),
    segments: part("attention_mask").map((kept) => kept - 1),
    supervised: labels.filter((label, i) => i % T > 0 && label !== -100).length,
  };
}

describe("ten steps of AdamW from the reference's start", () => {
  test.each(cases.filter((name) => golden(name).peft_type !== "ADALORA"))(
    "%s: losses, gradient norms and final tensors are the reference's",
    async (name) => {
      const { base_model, peft_type, train } = golden(name);
      const model = await openModel(goldenPath(base_model)!);
      const base = baseModelOf(model);
      const method = adapterMethod(peft_type);
      const config = method.readConfig(
        JSON.parse(readFileSync(join(peft, name, "adapter/adapter_config.json"), "utf8")),
      );
      const initial = await readTensors(join(peft, name, "train/initial.safetensors"));
      const optimiser = adamW({ betas: train.betas, eps: train.eps, weightDecay: train.weight_decay });
      const step = await compileTrainStep(base, method, config, initial, {
        optimiser,
        maxGradNorm: train.max_grad_norm,
      });
      const batches = await readTensors(join(peft, "train_batches.safetensors"));
      let params = Object.fromEntries(Object.entries(initial).map(([key, tensor]) => [key, toValue(tensor)]));
      let state = optimiser.initialState(
        Object.fromEntries(
          Object.entries(initial).map(([key, { shape }]) => [key, { dtype: "float32" as const, shape }]),
        ),
      );
      for (let i = 0; i < train.steps; i++) {
        const result = await step.run({ params, state, batch: batchOf(batches, i), learningRate: train.lr });
        expect(Math.abs(result.loss - train.losses[i]!), `loss of step ${i}`).toBeLessThan(1e-4);
        const norm = train.grad_norms_before_clip[i]!;
        expect(Math.abs(result.gradNorm - norm) / norm, `gradient norm of step ${i}`).toBeLessThan(1e-3);
        ({ params, state } = result as { params: typeof params; state: typeof state });
      }
      const final = await readTensors(join(peft, name, "train/final.safetensors"));
      expect(Object.keys(params).sort()).toEqual(Object.keys(final).sort());
      for (const [key, expected] of Object.entries(final)) {
        const got = toTensor(params[key]!).data;
        // What rounding alone moves, tenfold, and never less than the 2e-4 that another attention kernel was seen to move.
        const floor = Math.max(2e-4, 10 * (train.float64_run.max_abs_difference_of_final_tensors[key] ?? 0));
        const difference = Math.max(...got.map((x, i) => Math.abs(x - expected.data[i]!)));
        expect(difference, key).toBeLessThan(floor);
      }
      await step.close();
    },
  );
});
