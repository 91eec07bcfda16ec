import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adamW, compile, floats, type Tensor, value } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { expect, test } from "vitest";
import { baseOf, goldenPath } from "../../../test/golden.ts";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { largestDifference, readTensors } from "../../../test/tensors.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import { certain, type TensorValue } from "../../layers/method.ts";
import { frozen, mapTensors, toTensor, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { adaptedForward } from "../../running/adapted-forward.ts";
import { compileTrainStep } from "../../trainer/steps/train-step.ts";
import { diffPruning } from "./index.ts";
import { project, stillDeltas } from "./project.ts";

interface Phase {
  losses: number[];
  grad_norms_before_clip: number[];
}
interface Golden {
  base_model: string;
  targets: string[];
  structured: boolean;
  lambda: number;
  optimizer: { lr_w: number; lr_alpha: number; max_grad_norm: number };
  kept: number;
  gated: Phase;
  fixed_mask: Phase;
}

const found = goldenPath("peft/diff_pruning");
const folder = found ?? "";
const prefix = "base_model.model.";
/** `w/X.weight` → the key of the same tensor here. */
const keyOf = (kind: string, name: string): string => `${prefix}${name.replace(/\.weight$/, "")}.diff_${kind}`;

test.skipIf(!found).each(["unstructured", "structured"])(
  "%s: gated steps, projection and tuning are the reference's",
  async (name) => {
    const golden = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Golden;
    const recorded = await readTensors(join(folder, `${name}.safetensors`));
    const start = { ...(await readTensors(join(folder, "unstructured.safetensors"))), ...recorded };
    const noise = await readTensors(join(folder, "noise.safetensors"));
    const batches = await readTensors(goldenPath("peft/train_batches.safetensors")!);
    const model = (await openModel(baseOf(folder, golden.base_model))) as DecoderModel;
    const base = baseModelOf(model);
    const config = diffPruning.readConfig({
      target_modules: golden.targets,
      structured: golden.structured,
      sparsity_weight: golden.lambda,
      alpha_learning_rate_factor: golden.optimizer.lr_alpha / golden.optimizer.lr_w,
    });
    const initial: Record<string, TensorValue> = {};
    for (const [key, tensor] of Object.entries(start)) {
      const [, kind, path] = /^start\/(alpha|alpha_group)\/(.*)$/.exec(key) ?? [];
      if (!kind || (kind === "alpha_group" && !golden.structured)) continue;
      initial[keyOf(kind, path!)] = tensor;
      if (kind === "alpha")
        initial[keyOf("w", path!)] = { shape: tensor.shape, data: new Float32Array(tensor.data.length) };
    }
    const optimiser = adamW({ weightDecay: 0 });
    const run = async (tensors: Record<string, TensorValue>, phase: Phase, first: number, noisy: boolean) => {
      const sites = Object.entries(noise).filter(
        ([key]) => noisy && (golden.structured || !key.startsWith("u_group/")),
      );
      const siteOf = (key: string) =>
        keyOf(key.startsWith("u/") ? "alpha" : "alpha_group", key.slice(key.indexOf("/") + 1)).slice(prefix.length);
      const step = await compileTrainStep(base, diffPruning, config, tensors, {
        optimiser,
        maxGradNorm: golden.optimizer.max_grad_norm,
        noise: Object.fromEntries(sites.map(([key, { shape }]) => [siteOf(key), shape.slice(1)])),
      });
      let params = mapTensors(tensors, toValue);
      let state = optimiser.initialState(
        typesOf(Object.fromEntries(Object.entries(tensors).filter(([key]) => !diffPruning.isIndex!(key)))),
      );
      for (const [i, loss] of phase.losses.entries()) {
        const u = sites.map(([key, { shape, data }]) => {
          const size = data.length / shape[0]!;
          return [siteOf(key), value(data.slice(i * size, (i + 1) * size), shape.slice(1))] as const;
        });
        const result = await step.run({
          params,
          state,
          batches: [recordedBatch(batches, first + i)],
          learningRate: golden.optimizer.lr_w,
          noise: Object.fromEntries(u),
        });
        expect(Math.abs(result.loss - loss), `loss of step ${first + i}`).toBeLessThan(1e-4);
        const norm = phase.grad_norms_before_clip[i]!;
        expect(Math.abs(result.gradNorm - norm) / norm, `gradient norm of step ${first + i}`).toBeLessThan(1e-3);
        params = result.params as typeof params;
        state = result.state;
      }
      await step.close();
      return mapTensors(params, toTensor);
    };

    const trained = await run(initial, golden.gated, 0, true);
    const sparse = project(stillDeltas(trained), golden.kept);
    expectDense(sparse, recorded, "projected");
    await expectLogits(sparse, recorded.projected_logits!);
    const tuned = await run(sparse, golden.fixed_mask, golden.gated.losses.length, false);
    expectDense(tuned, recorded, "final");
    await expectLogits(tuned, recorded.final_logits!);

    async function expectLogits(tensors: Record<string, TensorValue>, expected: TensorValue): Promise<void> {
      const inputs = await readTensors(goldenPath("peft/inputs.safetensors")!);
      const shape = inputs["right/input_ids"]!.shape;
      const program = await compile(
        (x: { ids: Tensor; mask: Tensor; positions: Tensor }) => {
          const { hidden, logits } = adaptedForward(
            model,
            diffPruning.attach(base, config, frozen(tensors), certain),
            x,
          );
          return { logits: logits(hidden) };
        },
        {
          inputs: {
            ids: { dtype: "int64", shape },
            mask: { dtype: "bool", shape },
            positions: { dtype: "int64", shape },
          },
        },
      );
      const mask = inputs["right/attention_mask"]!.data;
      const { logits } = await program({
        ids: value(Array.from(inputs["right/input_ids"]!.data), shape, "int64"),
        mask: value(Array.from(mask, Boolean), shape),
        positions: value(
          Array.from(mask, (_, i) => i % shape[1]!),
          shape,
          "int64",
        ),
      });
      await program.close();
      const V = expected.shape[2]!;
      for (const [row, real] of mask.entries()) {
        if (!real) continue;
        const part = (data: Float32Array) => data.subarray(row * V, (row + 1) * V);
        expect(largestDifference(part(floats(logits)), part(expected.data)), `logits of row ${row}`).toBeLessThan(1e-3);
      }
    }
  },
);

function expectDense(sparse: Record<string, TensorValue>, recorded: Record<string, TensorValue>, stage: string): void {
  for (const [key, { shape, data }] of Object.entries(recorded)) {
    if (!key.startsWith(`${stage}/`)) continue;
    const part = (kind: string) => sparse[keyOf(kind, key.slice(stage.length + 1))]!.data;
    const [rows, columns, values] = [part("rows"), part("columns"), part("values")];
    const dense = new Float32Array(data.length);
    for (const [i, x] of values.entries()) dense[rows[i]! * shape[1]! + columns[i]!] = x;
    expect(Array.from(dense, Boolean), `which entries of ${key} stay`).toEqual(Array.from(data, Boolean));
    expect(largestDifference(dense, data), key).toBeLessThan(1e-4);
  }
}
