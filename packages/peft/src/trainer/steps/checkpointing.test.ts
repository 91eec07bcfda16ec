import { Rng } from "@loam/core";
import { adamW, floats } from "@loam/graph";
import { openModel } from "@loam/models";
import { beforeAll, expect, test } from "vitest";
import { goldenPath } from "../../../test/golden.ts";
import { methodOptions } from "../../../test/method-options.ts";
import type { Batch } from "../../data/pack.ts";
import { quantizedModel } from "../../few-bits/quantized-model.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import type { BaseModel } from "../../layers/method.ts";
import { adapterMethod } from "../../methods/registry.ts";
import { mapTensors, toValue, typesOf } from "../../numbers/tensor-value.ts";
import type { Checkpointing } from "../../running/adapted-forward.ts";
import { compileTrainStep } from "./train-step.ts";

const T = 24;
const ids = Int32Array.from({ length: 2 * T }, (_, i) => (i * 37 + (i % 5)) % 60);
const batch: Batch = {
  B: 2,
  T,
  ids,
  labels: ids.map((id, i) => (i % 3 === 0 ? -100 : id)),
  positions: Int32Array.from(ids, (_, i) => i % T),
  segments: new Int32Array(2 * T),
  supervised: ids.filter((_, i) => i % 3 !== 0 && i % T !== 0).length,
};

const methods: [string, Record<string, unknown>][] = [
  ...Object.entries(methodOptions),
  ["LORA", { r: 4, lora_dropout: 0.3, target_modules: "all-linear" }],
];

let plain: BaseModel;
let packed: BaseModel;
beforeAll(async () => {
  const model = await openModel(goldenPath("models/qwen2")!);
  plain = baseModelOf(model);
  packed = baseModelOf(await quantizedModel(model, { type: "nf4" }));
});

/** Losses, gradient norms and final tensors of three steps. */
async function threeSteps(
  base: BaseModel,
  type: string,
  options: Record<string, unknown>,
  checkpointing: Checkpointing,
) {
  const method = adapterMethod(type);
  const config = method.readConfig(options);
  const initial = await method.init(base, config, new Rng(3));
  const trained = Object.fromEntries(Object.entries(initial).filter(([key]) => !method.isFrozen?.(key)));
  const optimiser = adamW({});
  const step = await compileTrainStep(base, method, config, initial, { optimiser, maxGradNorm: 1, checkpointing });
  let params: Parameters<typeof step.run>[0]["params"] = mapTensors(initial, toValue);
  let state = optimiser.initialState(typesOf(trained));
  const curve: number[] = [];
  for (let i = 0; i < 3; i++) {
    const result = await step.run({ params, state, batches: [batch], learningRate: 1e-2, keys: [i] });
    curve.push(result.loss, result.gradNorm);
    ({ params, state } = result);
  }
  await step.close();
  return { curve, tensors: Object.entries(params).map(([key, value]) => ({ key, data: [...floats(value)] })) };
}

test.each(methods)("%s %j learns the same, whatever is computed again", async (type, options) => {
  for (const base of [plain, packed]) {
    const kept = await threeSteps(base, type, options, "none");
    for (const checkpointing of ["selective", "layers"] as const) {
      const again = await threeSteps(base, type, options, checkpointing);
      for (const [i, x] of again.curve.entries()) expect(x, `${checkpointing} ${i}`).toBeCloseTo(kept.curve[i]!, 5);
      for (const [i, { key, data }] of again.tensors.entries())
        for (const [j, x] of data.entries())
          expect(x, `${checkpointing} ${key}`).toBeCloseTo(kept.tensors[i]!.data[j]!, 3);
    }
  }
});
