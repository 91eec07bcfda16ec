import { bytesPerWeight, isQuantizable } from "../../few-bits/quantized-model.ts";
import { linearLayersOf } from "../../layers/linear-layers.ts";
import { BatchPlan } from "../batch-plan.ts";
import { parseRecipe, type Recipe, type RecipeInput } from "../recipe/recipe.ts";
import { type PreparedRun, prepareRun } from "../steps/prepare.ts";
import { countTrainable, totalSteps } from "../training.ts";
import { loadTrainingData, type TrainingData } from "../training-data.ts";
import { estimateStepTime, measureStepTime, type StepTime, type StepTimeOptions } from "./step-time.ts";

/** What a recipe is going to take, before anything starts. Memory is for the CPU, in bytes. */
export interface Forecast {
  method: string;
  trainableParameters: number;
  baseParameters: number;
  /** Trainable of all, in [0, 1]. */
  share: number;
  steps: number;
  data: TrainingData["report"];
  /** Longest row of a batch, in tokens. */
  longestRow: number;
  /** `process` is what Node, ONNX Runtime and the compiled graph take whatever the data. */
  memory: { base: number; adapter: number; optimiser: number; activations: number; process: number; total: number };
  /** Floating-point operations of one step, forward and backward. */
  flopsPerStep: number;
  /** Left out, when it was not asked for. */
  time?: StepTime;
}

export interface ForecastOptions {
  /** How to tell the time: by the speed of one matrix product (a fraction of a second), by training steps, or not at all. */
  time?: "estimate" | "measure" | "none";
  signal?: AbortSignal;
}

/**
 * Opens the model and the data of a recipe and counts. The base's size is what its tensors take in the files, or in few bits;
 * activations count the products of each layer that are kept for the backward pass of a batch as long as the longest row, or,
 * where layers are computed again, what enters each and its attention; and the insides of one layer. DoRA on a base in few
 * bits needs its layers in float32 too.
 */
export async function forecast(
  input: RecipeInput,
  { time = "estimate", signal }: ForecastOptions = {},
): Promise<Forecast> {
  const recipe = parseRecipe(input);
  // Sizes of quantised weights are known without quantising them.
  const run = await prepareRun({ ...recipe, quantize: "none" }, { signal });
  const { model, initial } = run;
  const data = await loadTrainingData(model, recipe, { signal });
  const plan = new BatchPlan(data.train, recipe, model.padTokenId);
  const steps = totalSteps(recipe, plan);
  const layers = linearLayersOf(model);
  const linearParameters = layers
    .slice(0, -1)
    .reduce((sum, { inFeatures, outFeatures }) => sum + inFeatures * outFeatures, 0);
  const bytesPer = { float32: 4, float16: 2, bfloat16: 2 } as const;
  let [baseParameters, baseBytes] = [0, 0];
  const { quantize } = recipe;
  const quantized = new Set(quantize === "none" ? [] : layers.filter(isQuantizable).map(({ weight }) => weight));
  for (const [name, { shape, dtype }] of model.checkpoint.tensors) {
    const size = shape.reduce((a, b) => a * b, 1);
    baseParameters += size;
    baseBytes += size * (quantize !== "none" && quantized.has(name) ? bytesPerWeight[quantize] : bytesPer[dtype]);
  }
  // The length of W + BA is taken of the whole matrix, which is unpacked once and stays.
  const isDora = (path: string) => Object.keys(initial).some((key) => key.endsWith(`${path}.lora_magnitude_vector`));
  for (const { path, weight, inFeatures, outFeatures } of layers)
    if ((quantized.has(weight) || model.checkpoint.packed?.has(weight)) && isDora(path))
      baseBytes += 4 * inFeatures * outFeatures;
  for (const { shape, type } of model.checkpoint.packed?.values() ?? []) {
    const size = shape.reduce((a, b) => a * b, 1);
    baseParameters += size;
    baseBytes += size * bytesPerWeight[type];
  }
  const trainableParameters = countTrainable(run);
  const adapterBytes = 4 * Object.values(initial).reduce((sum, { data: { length } }) => sum + length, 0);
  const slots = { adamw: 8, adamw_8bit: 2, lion: 4, adafactor: 0.1, sgd: 0 }[recipe.optimizer.name];
  const longestRow = data.train.longest();
  const stepTime = await timeOf(time, recipe, run, { steps, plan, evalRows: data.eval, signal }).finally(() =>
    data.close(),
  );
  const tokens = recipe.batch_size * longestRow;
  const { hiddenSize, layers: depth, heads } = model.config;
  const widths = layers.slice(0, -1).reduce((sum, { outFeatures }) => sum + outFeatures, 0);
  // What is made again of one layer at a time: its norms, activations and probabilities beside its products.
  const insides = widths / depth + 4 * hiddenSize + heads * longestRow;
  const kept = (recipe.gradient_checkpointing ? 2 * hiddenSize * depth : widths + hiddenSize * depth) + insides;
  const memory = {
    base: Math.round(baseBytes),
    // As it is kept, before and after an update; then its gradients, and in a step all of it in float32.
    adapter: Math.round(
      adapterBytes * (2 * storedShare[recipe.quantize_adapter] + (recipe.quantize_adapter === "none" ? 1 : 2)),
    ),
    // Before and after an update.
    optimiser: Math.round(2 * slots * trainableParameters),
    activations: Math.round(4 * tokens * kept),
    process: processBytes + depth * graphBytesPerLayer,
  };
  return {
    method: run.method.type,
    trainableParameters,
    baseParameters,
    share: trainableParameters / (baseParameters + trainableParameters),
    steps,
    data: data.report,
    longestRow,
    memory: { ...memory, total: Object.values(memory).reduce((a, b) => a + b, 0) },
    // 2 per weight and token forward, 2 more for the gradient by the input, 4 per adapter weight for its own.
    flopsPerStep:
      recipe.gradient_accumulation *
      tokens *
      (4 * linearParameters + 6 * trainableParameters + 2 * hiddenSize * model.config.vocabSize),
    ...(stepTime && { time: stepTime }),
  };
}

/** Measured with `bench/forecast.bench.ts`: 240 MB at 2 layers, 550 to 630 MB at 30. */
const processBytes = 220e6;
const graphBytesPerLayer = 12e6;

/** Of an adapter's float32 size. */
const storedShare = { none: 1, int8: (1 + 4 / 256) / 4, int4: (0.5 + 4 / 256) / 4 };

async function timeOf(
  how: NonNullable<ForecastOptions["time"]>,
  recipe: Recipe,
  run: PreparedRun,
  options: StepTimeOptions,
): Promise<StepTime | undefined> {
  if (how === "none") return undefined;
  // Answers that are still to be written cannot be timed by batches.
  if (how === "estimate" || recipe.objective.type === "grpo") return estimateStepTime(recipe, run, options);
  return measureStepTime(recipe, recipe.quantize === "none" ? run : await prepareRun(recipe), options);
}
