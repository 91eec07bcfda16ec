import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adamW, compile, type FourBitMatrix, floats, type Tensor, value } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { expect, test } from "vitest";
import { baseOf, goldenPath } from "../../test/golden.ts";
import { recordedBatch } from "../../test/recorded-batches.ts";
import { largestDifference, readTensors } from "../../test/tensors.ts";
import { readAdapter } from "../files/adapter-files.ts";
import { baseModelOf } from "../layers/base-model.ts";
import { type Attachment, certain } from "../layers/method.ts";
import { frozen, mapTensors, toTensor, toValue, typesOf } from "../numbers/tensor-value.ts";
import { adaptedForward } from "../running/adapted-forward.ts";
import { compileTrainStep } from "../trainer/steps/train-step.ts";
import { quantizedModel } from "./quantized-model.ts";

const folder = goldenPath("quant/qlora");

test.skipIf(!folder)(
  "LoRA on bitsandbytes' NF4 weights: logits, losses and final tensors are the reference's",
  async () => {
    const golden = JSON.parse(readFileSync(join(folder!, "golden.json"), "utf8"));
    const recorded = await readTensors(join(folder!, "golden.safetensors"));
    const model = (await openModel(baseOf(folder!, golden.base_model))) as DecoderModel;
    const base = baseModelOf(model);
    const { method, config, tensors } = await readAdapter(join(folder!, "adapter"));
    const inputs = await readTensors(goldenPath("peft/inputs.safetensors")!);

    const expectLogits = async (attachment: Attachment, name: string) => {
      const shape = inputs["right/input_ids"]!.shape;
      const program = await compile(
        (x: { ids: Tensor; mask: Tensor; positions: Tensor }) => {
          const { hidden, logits } = adaptedForward(model, attachment, x);
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
      const { shape: out, data } = recorded[name]!;
      for (const [row, real] of mask.entries()) {
        const part = (of: Float32Array) => of.subarray(row * out[2]!, (row + 1) * out[2]!);
        if (real) expect(largestDifference(part(floats(logits)), part(data)), `${name}, row ${row}`).toBeLessThan(1e-3);
      }
    };
    await expectLogits({}, "base_logits");
    await expectLogits(method.attach(base, config, frozen(tensors), certain), "logits");

    const under = (prefix: string) =>
      Object.fromEntries(
        Object.entries(recorded).flatMap(([key, tensor]) =>
          key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
        ),
      );
    const initial = under("initial/");
    const { train } = golden;
    const optimiser = adamW({ weightDecay: train.weight_decay });
    const step = await compileTrainStep(base, method, config, initial, { optimiser, maxGradNorm: train.max_grad_norm });
    const batches = await readTensors(goldenPath("peft/train_batches.safetensors")!);
    let params = mapTensors(initial, toValue);
    let state = optimiser.initialState(typesOf(initial));
    for (let i = 0; i < train.steps; i++) {
      const result = await step.run({ params, state, batches: [recordedBatch(batches, i)], learningRate: train.lr });
      expect(Math.abs(result.loss - train.losses[i]), `loss of step ${i}`).toBeLessThan(1e-4);
      params = result.params as typeof params;
      state = result.state;
    }
    await step.close();
    const final = under("final/");
    for (const [key, { data }] of Object.entries(final))
      expect(largestDifference(toTensor(params[key]!).data, data), key).toBeLessThan(5e-4);
  },
);

test.skipIf(!folder)("quantising a model here gives the reference's 4-bit weights", async () => {
  const reference = await openModel(folder ? join(folder, "base") : "");
  const ours = await quantizedModel(await openModel(goldenPath("models/qwen2")!), { type: "nf4" });
  expect(ours.checkpoint.packed!.size).toBe(reference.checkpoint.packed!.size);
  for (const [name, matrix] of reference.checkpoint.packed!) {
    const { packed, nested } = matrix as FourBitMatrix;
    expect(ours.checkpoint.packed!.get(name), name).toMatchObject({ packed, nested: { codes: nested!.codes } });
  }
});
