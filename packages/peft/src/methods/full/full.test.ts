import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { floats } from "@loam/graph";
import type { DecoderModel } from "@loam/models";
import { forward, openModel } from "@loam/models";
import { expect, test } from "vitest";
import { tuneFolder } from "../../../test/tune-folder.ts";
import { mergeAdapter } from "../../merging/merge-adapter.ts";
import { openAdapter } from "../../running/adapted-generator.ts";
import { forecast } from "../../trainer/forecast/forecast.ts";
import { parseRecipe } from "../../trainer/recipe/recipe.ts";
import { tune } from "../../trainer/tune.ts";

const { folder, recipe, lossesIn } = tuneFolder();
const path = join(folder, "plain.jsonl");
const colours = ["red", "blue", "green", "amber", "white", "black", "brown", "grey"];
writeFileSync(path, colours.map((colour) => `${JSON.stringify({ text: `The sky is ${colour} today.` })}\n`).join(""));
const pretraining = (output: string, method: Record<string, unknown> = {}) =>
  recipe(output, {
    method: { peft_type: "FULL", ...method },
    data: { path, max_tokens: 64, packing: true },
    optimizer: { learning_rate: 1e-3 },
  });

test("plain text is learned on with all weights, resumed exactly, and merges into a model of its own", async () => {
  const { losses, trainableParameters } = await tune(pretraining("whole"));
  expect(losses.last).toBeLessThan(losses.first);
  const source = pretraining("whole").model;
  const model = (await openModel(source)) as DecoderModel;
  const all = Object.values(model.architecture.parameters(model.config)).map((shape) =>
    shape.reduce((a, b) => a * b, 1),
  );
  expect(trainableParameters).toBe(all.reduce((a, b) => a + b, 0));
  const stop = new AbortController();
  const recorder = { metrics: (step: number) => void (step === 4 && stop.abort()) };
  await expect(tune(pretraining("stopped"), { signal: stop.signal, recorder })).rejects.toThrow(/cancelled/);
  await tune(pretraining("stopped"));
  expect(lossesIn("stopped")).toEqual(lossesIn("whole"));
  const merged = join(folder, "merged");
  await mergeAdapter(source, join(folder, "whole"), merged);
  const inputs = { inputIds: [[5, 9, 33, 70, 8]] };
  const beside = floats((await forward(model, inputs, await openAdapter(join(folder, "whole"), model))).logits!);
  const alone = floats((await forward((await openModel(merged)) as DecoderModel, inputs)).logits!);
  expect(Math.max(...alone.map((x, i) => Math.abs(x - beside[i]!)))).toBeLessThan(1e-5);
});

test("weights that are frozen by pattern are not in the file, and patterns that leave nothing say so", async () => {
  await tune(pretraining("some", { train: ["layers"], freeze: ["norm", "mlp"] }));
  const bytes = readFileSync(join(folder, "some/adapter_model.safetensors"));
  const names = Object.keys(JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0)))));
  const weights = names.filter((name) => name !== "__metadata__");
  expect(weights.length).toBeGreaterThan(0);
  expect(weights.every((name) => /layers\.\d+\.self_attn/.test(name) && !name.includes("norm"))).toBe(true);
  await expect(tune(pretraining("none", { freeze: ["."] }))).rejects.toThrow(/leave no weight to train/);
  expect(() => parseRecipe(pretraining("bad", { freeze: ["("] }))).toThrow("`method.freeze.0`");
  expect(() => parseRecipe({ ...pretraining("bits"), quantize: "nf4" })).toThrow("`quantize`");
});

test("a forecast counts the optimiser's state of every weight", async () => {
  const [whole, some] = await Promise.all(
    [pretraining("f1"), pretraining("f2", { train: ["layers.0"] })].map((one) => forecast(one, { time: "estimate" })),
  );
  expect(whole!.trainableParameters).toBeGreaterThan(2 * some!.trainableParameters);
});
