import { Rng } from "@loam/core";
import { openModel } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { describe, expect, test } from "vitest";
import { collate } from "../../data/pack.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import { adapterMethod } from "../../methods/registry.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { parseRecipe, type RecipeInput } from "../recipe/recipe.ts";
import { groupsOf, optimiserOf } from "./prepare.ts";
import { compileTrainStep } from "./train-step.ts";

const model = tinyChatModel();

/** One step from tensors of 1 with the optimiser of a recipe. */
async function afterOneStep(optimizer: RecipeInput["optimizer"]) {
  const recipe = parseRecipe({
    model,
    method: { peft_type: "LORA", r: 2, bias: "lora_only", target_modules: ["q_proj"] },
    data: { path: "x" },
    optimizer: { learning_rate: 1e-3, ...optimizer },
    output: "x",
  });
  const base = baseModelOf(await openModel(model));
  const method = adapterMethod("LORA");
  const config = method.readConfig(recipe.method);
  const initial = mapTensors(await method.init(base, config, new Rng(1)), ({ shape, data }) => ({
    shape,
    data: data.map(() => 1),
  }));
  const step = await compileTrainStep(base, method, config, initial, {
    optimiser: optimiserOf(recipe),
    groupOf: groupsOf(recipe),
    threads: 1,
  });
  const ids = Int32Array.from({ length: 12 }, (_, i) => 60 + i);
  const result = await step.run({
    params: mapTensors(initial, toValue),
    state: optimiserOf(recipe).initialState(typesOf(initial)),
    batches: [collate([[{ ids, labels: ids, truncated: 0 }]], { padId: 0 })],
    learningRate: recipe.optimizer.learning_rate,
  });
  await step.close();
  return mapTensors(result.params, toTensor);
}

/** How far apart two runs have put tensors whose name ends so. */
const shift = (a: Awaited<ReturnType<typeof afterOneStep>>, b: typeof a, ending: string): number => {
  const keys = Object.keys(a).filter((key) => key.endsWith(ending));
  expect(keys.length).toBeGreaterThan(0);
  return Math.max(...keys.map((key) => Math.abs(a[key]!.data[0]! - b[key]!.data[0]!)));
};

describe("groups of the optimiser", async () => {
  const plain = await afterOneStep({});

  test("weight decay leaves biases alone, as transformers' Trainer does", async () => {
    const decayed = await afterOneStep({ weight_decay: 0.5 });
    expect(shift(plain, decayed, "lora_A.weight")).toBeCloseTo(5e-4, 6); // p·η·λ
    expect(shift(plain, decayed, ".bias")).toBe(0);
  });

  test("what does not decay can be chosen", async () => {
    const decayed = await afterOneStep({ weight_decay: 0.5, no_decay: ["lora_A"] });
    expect(shift(plain, decayed, "lora_A.weight")).toBe(0);
    expect(shift(plain, decayed, "lora_B.weight")).toBeCloseTo(5e-4, 6);
    expect(shift(plain, decayed, ".bias")).toBeCloseTo(5e-4, 6);
  });

  test("with LoRA+ the B matrices go further", async () => {
    const plus = await afterOneStep({ loraplus_lr_ratio: 16 });
    expect(shift(plain, plus, "lora_A.weight")).toBe(0);
    const [before, after] = [plain, plus].map((run) => {
      const key = Object.keys(run).find((name) => name.endsWith("lora_B.weight"))!;
      return Math.abs(run[key]!.data[0]! - 1);
    });
    expect(after! / before!).toBeCloseTo(16, 2);
  });

  test("betas and eps reach the optimiser", async () => {
    const damped = await afterOneStep({ eps: 1e3 });
    expect(shift(plain, damped, "lora_A.weight")).toBeCloseTo(1e-3, 5);
  });
});
