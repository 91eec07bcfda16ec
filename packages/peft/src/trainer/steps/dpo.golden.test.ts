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

interface Golden {
  base_model: string;
  config: Record<string, unknown>;
  lr: number;
  weight_decay: number;
  max_grad_norm: number;
  steps: number;
  cases: Record<
    string,
    {
      beta: number;
      label_smoothing: number;
      losses: number[];
      grad_norms_before_clip: number[];
      rewards_accuracies: number[];
      rewards_margins: number[];
    }
  >;
}
const folder = goldenPath("dpo")!;
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Golden;

test.each([
  ["fresh", "single"],
  ["continued", "single"],
  ["continued", "accumulated"],
] as const)("%s adapter, %s batches: ten steps of DPO are TRL's", async (name, batches) => {
  const { beta, label_smoothing, ...expected } = golden.cases[name]!;
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
    objective: { type: "dpo", beta, label_smoothing },
    batches,
    // TRL measures an adapter that is trained further against what it was, a fresh one against the base.
    reference: name === "continued" ? mapTensors(initial, toValue) : undefined,
  });
  let params = mapTensors(initial, toValue);
  let state = optimiser.initialState(typesOf(initial));
  for (let i = 0; i < golden.steps; i++) {
    const whole = recordedBatch(recorded, i);
    const P = whole.B / 2;
    const pairs = Array.from({ length: P }, (_, p) => ({ ...pick(recorded, i, [p, P + p]), pairs: 1 }));
    const result = await step.run({
      params,
      state,
      batches: batches === "single" ? [{ ...whole, pairs: P }] : pairs,
      learningRate: golden.lr,
    });
    expect(Math.abs(result.loss - expected.losses[i]!), `loss of step ${i}`).toBeLessThan(1e-5);
    expect(Math.abs(result.gradNorm - expected.grad_norms_before_clip[i]!), `norm of step ${i}`).toBeLessThan(1e-3);
    expect(result.told!.rewardMargin, `margin of step ${i}`).toBeCloseTo(expected.rewards_margins[i]!, 4);
    expect(result.told!.rewardAccuracy, `accuracy of step ${i}`).toBeCloseTo(expected.rewards_accuracies[i]!, 5);
    params = result.params as typeof params;
    state = result.state;
  }
  await step.close();
  const trained = mapTensors(params, toTensor);
  for (const [key, { data }] of Object.entries(under("final/")))
    expect(largestDifference(trained[key]!.data, data), key).toBeLessThan(2e-4);
});

/** Some rows of a recorded batch. */
function pick(recorded: Parameters<typeof recordedBatch>[0], step: number, rows: readonly number[]) {
  const parts = rows.map((row) => recordedBatch(recorded, step, { from: row, to: row + 1 }));
  const join = (of: (part: (typeof parts)[number]) => Int32Array) =>
    Int32Array.from(parts.flatMap((part) => Array.from(of(part))));
  return {
    B: rows.length,
    T: parts[0]!.T,
    ids: join(({ ids }) => ids),
    labels: join(({ labels }) => labels),
    positions: join(({ positions }) => positions),
    segments: join(({ segments }) => segments),
    supervised: parts.reduce((sum, { supervised }) => sum + supervised, 0),
  };
}
