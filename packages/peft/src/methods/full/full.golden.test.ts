import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Rng } from "@loam/core";
import { adamW } from "@loam/graph";
import { openModel } from "@loam/models";
import { expect, test } from "vitest";
import { baseOf, goldenPath } from "../../../test/golden.ts";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { readTensors } from "../../../test/tensors.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { compileTrainStep } from "../../trainer/steps/train-step.ts";
import { full } from "./index.ts";

interface Case {
  config: Record<string, unknown>;
  losses: number[];
  grad_norms_before_clip: number[];
  final: Record<string, { norm: number; first: number[]; last: number[] }>;
}
interface Golden {
  base_model: string;
  batches: string;
  lr: number;
  weight_decay: number;
  max_grad_norm: number;
  cases: Record<string, Case>;
}
const folder = goldenPath("full")!;
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Golden;
const batches = await readTensors(join(dirname(folder), golden.batches));

test.each(Object.entries(golden.cases))(
  "%s: ten steps on the model's own weights are PyTorch's, one tied table and rates by layer included",
  async (_, { config: options, losses, grad_norms_before_clip: norms, final }) => {
    const base = baseModelOf(await openModel(baseOf(folder, golden.base_model)));
    const config = full.readConfig(options);
    const initial = await full.init(base, config, new Rng(1));
    expect(Object.keys(initial).sort()).toEqual(Object.keys(final).sort());
    const optimiser = adamW({ weightDecay: golden.weight_decay });
    const step = await compileTrainStep(base, full, config, initial, {
      optimiser,
      maxGradNorm: golden.max_grad_norm,
    });
    let params = mapTensors(initial, toValue);
    let state = optimiser.initialState(typesOf(initial));
    for (const [i, expected] of losses.entries()) {
      const result = await step.run({
        params,
        state,
        batches: [recordedBatch(batches, i)],
        learningRate: golden.lr,
      });
      expect(Math.abs(result.loss - expected), `loss of step ${i}`).toBeLessThan(1e-4);
      expect(Math.abs(result.gradNorm - norms[i]!) / norms[i]!, `norm of step ${i}`).toBeLessThan(1e-3);
      params = result.params as typeof params;
      state = result.state;
    }
    await step.close();
    const trained = mapTensors(params, toTensor);
    for (const [name, { norm, first, last }] of Object.entries(final)) {
      const { data } = trained[name]!;
      const found = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
      expect(Math.abs(found - norm) / norm, name).toBeLessThan(1e-4);
      for (const [i, x] of first.entries()) expect(data[i], `${name}, ${i}`).toBeCloseTo(x, 3);
      for (const [i, x] of last.entries()) expect(data[data.length - last.length + i], name).toBeCloseTo(x, 3);
    }
  },
);
