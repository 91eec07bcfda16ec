import { Rng } from "@loam/core";
import { openModel } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { describe, expect, test } from "vitest";
import { tuneFolder } from "../../../test/tune-folder.ts";
import { collate } from "../../data/pack.ts";
import { readAdapter } from "../../files/adapter-files.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import { adapterMethod } from "../../methods/registry.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../../numbers/tensor-value.ts";
import { forecast } from "../forecast/forecast.ts";
import { parseRecipe, type RecipeInput } from "../recipe/recipe.ts";
import { tune } from "../tune.ts";
import { groupsOf, optimiserOf } from "./prepare.ts";
import { withFrozen } from "./tensor-patterns.ts";
import { compileTrainStep } from "./train-step.ts";

const model = tinyChatModel();

/** One step from tensors of 1 with the optimiser of a recipe. */
async function afterOneStep(optimizer: RecipeInput["optimizer"], { freeze = [] }: { freeze?: string[] } = {}) {
  const recipe = parseRecipe({
    model,
    method: { peft_type: "LORA", r: 2, bias: "lora_only", target_modules: ["q_proj"] },
    data: { path: "x" },
    optimizer: { learning_rate: 1e-3, ...optimizer },
    output: "x",
  });
  const base = baseModelOf(await openModel(model));
  const method = withFrozen(adapterMethod("LORA"), freeze);
  const config = method.readConfig(recipe.method);
  const initial = mapTensors(await method.init(base, config, new Rng(1)), ({ shape, data }) => ({
    shape,
    data: data.map(() => 1),
  }));
  const step = await compileTrainStep(base, method, config, initial, {
    optimiser: optimiserOf(recipe),
    groupOf: groupsOf(recipe, Object.keys(initial)),
    threads: 1,
  });
  const ids = Int32Array.from({ length: 12 }, (_, i) => 60 + i);
  const trained = Object.fromEntries(Object.entries(initial).filter(([key]) => !method.isFrozen?.(key)));
  const result = await step.run({
    params: mapTensors(initial, toValue),
    state: optimiserOf(recipe).initialState(typesOf(trained)),
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

describe("a run with frozen tensors and rates of layers", () => {
  const { recipe, lossesIn } = tuneFolder();
  const some = (output: string, more: Parameters<typeof recipe>[1] = {}) =>
    recipe(output, {
      freeze: ["layers\\.0\\.", "lora_A"],
      optimizer: { learning_rate: 5e-3, layer_decay: 0.5, rates: { q_proj: 2 } },
      ...more,
    });

  test("counts what it trains, leaves the rest alone, and goes on exactly", async () => {
    const plain = await forecast(recipe("plain"), { time: "estimate" });
    const told = await forecast(some("told"), { time: "estimate" });
    expect(told.trainableParameters).toBeLessThan(plain.trainableParameters / 2);
    const { output, trainableParameters } = await tune(some("frozen"));
    expect(trainableParameters).toBe(told.trainableParameters);
    const { tensors } = await readAdapter(output);
    for (const [key, { data }] of Object.entries(tensors))
      if (key.includes("lora_B"))
        expect(
          data.every((x) => x === 0),
          key,
        ).toBe(key.includes("layers.0."));
    const stop = new AbortController();
    const recorder = { metrics: (step: number) => void (step === 5 && stop.abort()) };
    await expect(tune(some("stopped"), { signal: stop.signal, recorder })).rejects.toThrow(/cancelled/);
    await tune(some("stopped"));
    expect(lossesIn("stopped")).toEqual(lossesIn("frozen"));
    await expect(tune(some("stopped", { freeze: ["lora_A"] }))).rejects.toThrow("another recipe (freeze");
  });

  test("patterns that mean nothing, everything, or no expression are refused by name", async () => {
    await expect(tune(some("none", { freeze: ["layer_9"] }))).rejects.toThrow(
      '`freeze.0` is "layer_9": no tensor has such a name',
    );
    await expect(tune(some("all", { freeze: ["."] }))).rejects.toMatchObject({ code: "nothing_trained" });
    const rates = (of: Record<string, number>) => some("rates", { optimizer: { rates: of } });
    await expect(tune(rates({ c_attn: 2 }))).rejects.toThrow('`optimizer.rates` is "c_attn"');
    for (const [field, more] of [
      ["freeze.0", { freeze: ["("] }],
      ["optimizer.rates", { optimizer: { rates: { "(": 1 } } }],
      ["optimizer.layer_decay", { optimizer: { layer_decay: 2 } }],
      ["freeze", { method: { peft_type: "ADALORA", target_modules: ["q_proj"], total_step: 12 } }],
      ["freeze", { method: { peft_type: "FULL" } }],
    ] as const)
      expect(() => parseRecipe(some("bad", more as never))).toThrow(`\`${field}\``);
  });
});

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

  test("layers learn at their own rates, by pattern and by depth", async () => {
    const moved = (run: typeof plain, layer: number) => {
      const key = Object.keys(run).find((name) => name.includes(`layers.${layer}.`) && name.endsWith("lora_A.weight"))!;
      return Math.abs(run[key]!.data[0]! - 1);
    };
    const rates = await afterOneStep({ rates: { "layers\\.0\\.": 0.25, lora_A: 2 } });
    expect(moved(rates, 0) / moved(plain, 0)).toBeCloseTo(0.5, 3);
    expect(moved(rates, 1) / moved(plain, 1)).toBeCloseTo(2, 3);
    const decay = await afterOneStep({ layer_decay: 0.5 });
    expect(moved(decay, 1) / moved(plain, 1)).toBeCloseTo(1, 3);
    expect(moved(decay, 0) / moved(plain, 0)).toBeCloseTo(0.5, 3);
  });

  test("what is frozen stays as it is to the bit, and has no share in the norm that gradients are clipped by", async () => {
    const frozen = await afterOneStep({ weight_decay: 0.5 }, { freeze: ["lora_A", "layers\\.0\\."] });
    for (const [key, { data }] of Object.entries(frozen)) {
      const stays = key.includes("lora_A") || key.includes("layers.0.");
      expect(
        data.every((x) => x === 1),
        key,
      ).toBe(stays);
    }
  });

  test("betas and eps reach the optimiser", async () => {
    const damped = await afterOneStep({ eps: 1e3 });
    expect(shift(plain, damped, "lora_A.weight")).toBeCloseTo(1e-3, 5);
  });
});
