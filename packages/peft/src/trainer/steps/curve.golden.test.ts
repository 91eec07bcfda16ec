import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adamW, type ScheduleName, schedule } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { expect, test } from "vitest";
import { readTensors } from "../../../test/tensors.ts";
import { readExamples } from "../../data/dataset.ts";
import { collate } from "../../data/pack.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import type { AdapterConfig } from "../../layers/method.ts";
import { adapterMethod } from "../../methods/registry.ts";
import { mapTensors, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { encodeExample } from "../example-segments.ts";
import { compileTrainStep } from "./train-step.ts";

const folder = join(import.meta.dirname, "../../../golden/curve");
const golden = JSON.parse(readFileSync(join(folder, "curve.json"), "utf8")) as {
  config: AdapterConfig;
  steps: number;
  batch_size: number;
  gradient_accumulation: number;
  max_tokens: number;
  learning_rate: number;
  warmup_steps: number;
  schedule: ScheduleName;
  weight_decay: number;
  max_grad_norm: number;
  order: number[][];
  losses: number[];
  grad_norms_before_clip: number[];
};

test.each([
  [golden.steps, "rows of their own", false],
  [20, "packed rows", true],
])("%d steps on instructions in %s have PyTorch's losses", async (steps, _, packed) => {
  const model = (await openModel(tinyChatModel())) as DecoderModel;
  const rows = await Array.fromAsync(readExamples(join(folder, "rows.jsonl")));
  const options = { model, tokenizer: model.tokenizer!, template: "alpaca", maxTokens: golden.max_tokens } as const;
  const examples = rows.map((row) => encodeExample(row, options));
  const method = adapterMethod(golden.config.peft_type);
  const config = method.readConfig(golden.config);
  const initial = await readTensors(join(folder, "initial.safetensors"));
  const optimiser = adamW({ weightDecay: golden.weight_decay });
  const step = await compileTrainStep(baseModelOf(model), method, config, initial, {
    optimiser,
    maxGradNorm: golden.max_grad_norm,
    batches: "accumulated",
    packed,
    threads: 1,
  });
  const rate = schedule(golden.schedule, {
    learningRate: golden.learning_rate,
    warmupSteps: golden.warmup_steps,
    totalSteps: golden.steps,
  });
  let params = mapTensors(initial, toValue);
  let state = optimiser.initialState(typesOf(initial));
  for (const [i, order] of golden.order.slice(0, steps).entries()) {
    const batches = Array.from({ length: golden.gradient_accumulation }, (_, micro) => {
      const picked = order.slice(micro * golden.batch_size, (micro + 1) * golden.batch_size).map((at) => examples[at]!);
      return collate(packed ? [picked] : picked.map((one) => [one]), { padId: model.padTokenId });
    });
    const result = await step.run({ params, state, batches, learningRate: rate(i) });
    expect(Math.abs(result.loss - golden.losses[i]!), `loss of step ${i + 1}`).toBeLessThan(1e-3);
    const norm = golden.grad_norms_before_clip[i]!;
    expect(Math.abs(result.gradNorm - norm) / norm, `gradient norm of step ${i + 1}`).toBeLessThan(2e-2);
    params = result.params as typeof params;
    state = result.state;
  }
  await step.close();
  expect(golden.losses.at(-1)!).toBeLessThan(golden.losses[0]! / 2);
});
