import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adamW } from "@loam/graph";
import { openModel } from "@loam/models";
import { expect } from "vitest";
import { baseModelOf } from "../src/layers/base-model.ts";
import type { TensorValue } from "../src/layers/method.ts";
import { adapterMethod } from "../src/methods/registry.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../src/numbers/tensor-value.ts";
import { compileTrainStep } from "../src/trainer/steps/train-step.ts";
import { baseOf, goldenPath } from "./golden.ts";
import { largestDifference, readTensors } from "./tensors.ts";

type StepOptions = Omit<NonNullable<Parameters<typeof compileTrainStep>[4]>, "optimiser" | "maxGradNorm">;
type Step = Awaited<ReturnType<typeof compileTrainStep>>;
type Recorded = Awaited<ReturnType<typeof readTensors>>;

/** What TRL's trainers told of each step. */
interface RecordedCase {
  losses: number[];
  grad_norms_before_clip: number[];
}

/** Steps of one of TRL's trainers on batches that lie beside them. */
export interface TrlGolden<Case extends RecordedCase> {
  folder: string;
  base_model: string;
  config: Record<string, unknown>;
  lr: number;
  weight_decay: number;
  max_grad_norm: number;
  steps: number;
  cases: Record<string, Case>;
}

export function readTrlGolden<Case extends RecordedCase>(trainer: "dpo" | "orpo" | "kto" | "grpo"): TrlGolden<Case> {
  const folder = goldenPath(trainer)!;
  return { ...(JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as TrlGolden<Case>), folder };
}

/** Takes the recorded steps of a case and holds each, and the adapter at the end, against TRL's. */
export async function followTrl<Case extends RecordedCase>(
  golden: TrlGolden<Case>,
  name: string,
  {
    options,
    batchesOf,
    expectOf,
    tolerance: { loss = 1e-4, norm = 1e-4, weights = 2e-4 } = {},
  }: {
    options: (initial: Record<string, TensorValue>) => StepOptions;
    batchesOf: (recorded: Recorded, step: number) => Parameters<Step["run"]>[0]["batches"];
    /** Further numbers of a step. */
    expectOf?: (result: Awaited<ReturnType<Step["run"]>>, step: number, recorded: Recorded) => void;
    /** Largest differences: of the loss, of the gradients' norm as a share of it, of a weight at the end. */
    tolerance?: { loss?: number; norm?: number; weights?: number };
  },
): Promise<void> {
  const expected = golden.cases[name]!;
  const recorded = await readTensors(join(golden.folder, `${name}.safetensors`));
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(recorded).flatMap(([key, tensor]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
      ),
    );
  const base = baseModelOf(await openModel(baseOf(golden.folder, golden.base_model)));
  const method = adapterMethod("LORA");
  const initial = under("initial/");
  const optimiser = adamW({ weightDecay: golden.weight_decay });
  const step = await compileTrainStep(base, method, method.readConfig(golden.config), initial, {
    ...options(initial),
    optimiser,
    maxGradNorm: golden.max_grad_norm,
  });
  let params = mapTensors(initial, toValue);
  let state = optimiser.initialState(typesOf(initial));
  for (let i = 0; i < golden.steps; i++) {
    const result = await step.run({ params, state, batches: batchesOf(recorded, i), learningRate: golden.lr });
    expect(Math.abs(result.loss - expected.losses[i]!), `loss of step ${i}`).toBeLessThan(loss);
    const theirs = expected.grad_norms_before_clip[i]!;
    expect(Math.abs(result.gradNorm - theirs) / theirs, `norm of step ${i}`).toBeLessThan(norm);
    expectOf?.(result, i, recorded);
    params = result.params as typeof params;
    state = result.state;
  }
  await step.close();
  const trained = mapTensors(params, toTensor);
  for (const [key, { data }] of Object.entries(under("final/")))
    expect(largestDifference(trained[key]!.data, data), key).toBeLessThan(weights);
}
