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
import { advantagesOf } from "../reinforcement/advantages.ts";
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
      num_iterations: number;
      epsilon?: number;
      group: number;
      losses: number[];
      grad_norms_before_clip: number[];
      rewards: number[][];
      clipped: number[];
    }
  >;
}
const folder = goldenPath("grpo")!;
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Golden;

test.each(["plain", "clipped"])(
  "%s: steps over answers that a policy wrote are TRL's, and so are their advantages",
  async (name) => {
    const { beta, num_iterations, epsilon = 0.2, group, ...expected } = golden.cases[name]!;
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
        ...{ type: "grpo", reference: "", group_size: group, max_new_tokens: 8, eval_answers: 1 },
        ...{ clip: epsilon, kl: beta, iterations: num_iterations },
      },
    });
    let params = mapTensors(initial, toValue);
    let state = optimiser.initialState(typesOf(initial));
    for (let i = 0; i < golden.steps; i++) {
      const batch = recordedBatch(recorded, i);
      const { B, T } = batch;
      const advantages = Array.from(recorded.advantages!.data.subarray(i * B, (i + 1) * B), Number);
      // TRL shuffles the answers of a step, so that they are compared by size.
      const own = advantagesOf(expected.rewards[Math.floor(i / num_iterations)]!, group);
      const sorted = (of: readonly number[]) => [...of].sort((a, b) => a - b);
      for (const [k, one] of sorted(own).entries()) expect(one).toBeCloseTo(sorted(advantages)[k]!, 5);
      const old =
        num_iterations > 1
          ? Float32Array.from(recorded.old!.data.subarray(i * B * T, (i + 1) * B * T), Number)
          : undefined;
      const result = await step.run({
        params,
        state,
        batches: [{ ...batch, written: { advantages, old } }],
        learningRate: golden.lr,
      });
      expect(Math.abs(result.loss - expected.losses[i]!), `loss of step ${i}`).toBeLessThan(1e-4);
      const norm = expected.grad_norms_before_clip[i]!;
      expect(Math.abs(result.gradNorm - norm) / norm, `norm of step ${i}`).toBeLessThan(1e-3);
      if (batch.supervised === B * 8)
        expect(result.told!.clipped, `clipped in step ${i}`).toBeCloseTo(expected.clipped[i]!, 5);
      params = result.params as typeof params;
      state = result.state;
    }
    await step.close();
    const trained = mapTensors(params, toTensor);
    for (const [key, { data }] of Object.entries(under("final/")))
      expect(largestDifference(trained[key]!.data, data), key).toBeLessThan(2e-3);
  },
);
