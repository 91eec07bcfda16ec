import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adamW } from "@loam/graph";
import { openModel } from "@loam/models";
import { expect, test } from "vitest";
import { baseOf, goldenPath } from "../../../test/golden.ts";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { largestDifference, readTensors } from "../../../test/tensors.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import { adapterMethod } from "../../methods/registry.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { compileTrainStep } from "./train-step.ts";

interface Recorded {
  beta: number;
  desirable_weight?: number;
  undesirable_weight?: number;
  losses: number[];
  grad_norms_before_clip: number[];
  kl: number[];
}
interface Golden {
  base_model: string;
  config: Record<string, unknown>;
  lr: number;
  weight_decay: number;
  max_grad_norm: number;
  steps: number;
  cases: Record<string, Recorded>;
}
const folder = goldenPath("kto")!;
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Golden;

test.each(Object.entries(golden.cases))("%s: ten steps of KTO are TRL's", async (name, expected) => {
  const recorded = await readTensors(join(folder, `${name}.safetensors`));
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(recorded).flatMap(([key, tensor]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
      ),
    );
  const base = baseModelOf(await openModel(baseOf(folder, golden.base_model)));
  const method = adapterMethod("LORA");
  const initial = under("initial/");
  const optimiser = adamW({ weightDecay: golden.weight_decay });
  const step = await compileTrainStep(base, method, method.readConfig(golden.config), initial, {
    optimiser,
    maxGradNorm: golden.max_grad_norm,
    objective: {
      type: "kto",
      beta: expected.beta,
      desirable_weight: expected.desirable_weight ?? 1,
      undesirable_weight: expected.undesirable_weight ?? 1,
    },
  });
  let params = mapTensors(initial, toValue);
  let state = optimiser.initialState(typesOf(initial));
  for (let i = 0; i < golden.steps; i++) {
    const batch = recordedBatch(recorded, i);
    const rows = batch.B / 2;
    const judged = Array.from(recorded.desirable!.data.subarray(i * rows, (i + 1) * rows), (label) => label === 1);
    const batches = [{ ...batch, judged }];
    const result = await step.run({ params, state, batches, learningRate: golden.lr });
    expect(Math.abs(result.loss - expected.losses[i]!), `loss of step ${i}`).toBeLessThan(1e-4);
    const norm = expected.grad_norms_before_clip[i]!;
    expect(Math.abs(result.gradNorm - norm) / norm, `norm of step ${i}`).toBeLessThan(1e-4);
    expect(Math.abs(result.told!.rewardKl! - expected.kl[i]!), `reference point of step ${i}`).toBeLessThan(1e-4);
    params = result.params as typeof params;
    state = result.state;
  }
  await step.close();
  const trained = mapTensors(params, toTensor);
  for (const [key, { data }] of Object.entries(under("final/")))
    expect(largestDifference(trained[key]!.data, data), key).toBeLessThan(2e-4);
});
