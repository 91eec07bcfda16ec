import { throwIfCancelled } from "@loam/core";
import { compile, linear, type Tensor, value } from "@loam/graph";
import type { RowSet } from "../../data/row-set.ts";
import { linearLayersOf } from "../../layers/linear-layers.ts";
import { mapTensors, toValue, typesOf } from "../../numbers/tensor-value.ts";
import type { BatchPlan } from "../batch-plan.ts";
import { cpuSlices } from "../parallel/cpu-slices.ts";
import { hasReference, type Recipe } from "../recipe/recipe.ts";
import { groupsOf, optimiserOf, type PreparedRun } from "../steps/prepare.ts";
import { lossOptionsOf } from "../steps/train-loss.ts";
import { compileTrainStep } from "../steps/train-step.ts";
import { countTrainable } from "../training.ts";

/** How long the steps of a recipe are going to take on this machine. */
export interface StepTime {
  secondsPerStep: number;
  /** All steps, evaluations and answers; opening the model, compiling and checkpoints come on top. */
  totalSeconds: number;
  /** Of that, evaluations and the answers generated with them: roughly. */
  evaluationSeconds: number;
  /** "estimated" from the work of a step and the speed of one matrix product, "measured" by training steps that are thrown away. */
  how: "estimated" | "measured";
  /** Floating-point operations of a step of mean length. */
  flopsPerStep: number;
  /** Of the matrix product, where it was timed. */
  flopsPerSecond?: number;
}

export interface StepTimeOptions {
  steps: number;
  plan: BatchPlan;
  evalRows: RowSet;
  signal?: AbortSignal;
}

/**
 * Share of the speed of one large product that a whole step reaches: norms, activations and the products' smaller pieces wait
 * for memory. A guess, not fitted to a quiet machine: beside other work estimates were up to ten times too short
 * (docs/decisions/0121). `time: "measure"` is for those who need to know.
 */
const efficiency = 0.75;
/** What a layer's nodes cost forward and backward, whatever their size. */
const secondsPerLayer = 0.0012;

/** Times one product of the model's shape and divides the work of a step by its speed. Takes a fraction of a second. */
export async function estimateStepTime(
  recipe: Recipe,
  run: PreparedRun,
  { steps, plan, evalRows, signal }: StepTimeOptions,
): Promise<StepTime> {
  const { hiddenSize, layers } = run.model.config;
  const shape = plan.meanShape(steps);
  const flopsPerStep = stepFlops(recipe, run, shape);
  const rows = Math.max(1, Math.round((recipe.batch_size * shape.tokensPerStep) / shape.rowsPerStep));
  const threads =
    recipe.workers > 1 ? cpuSlices(recipe.workers, { threads: recipe.threads })[0]!.threads : recipe.threads;
  throwIfCancelled(signal, "The forecast");
  const flopsPerSecond = await productSpeed({ rows, width: hiddenSize, device: recipe.device, threads });
  const turns = Math.ceil(recipe.gradient_accumulation / recipe.workers);
  const parallel = recipe.gradient_accumulation / turns;
  const learning = flopsPerStep / (parallel * efficiency * flopsPerSecond) + turns * layers * secondsPerLayer;
  const secondsPerToken = (learning * parallel) / shape.tokensPerStep;
  const writing = recipe.objective.type === "grpo" ? generationShare * secondsPerToken * shape.supervisedPerStep : 0;
  const secondsPerStep = learning + writing;
  const evaluationSeconds = evaluationTime(recipe, { steps, evalRows, secondsPerToken });
  const totalSeconds = steps * secondsPerStep + evaluationSeconds;
  return { secondsPerStep, totalSeconds, evaluationSeconds, how: "estimated", flopsPerStep, flopsPerSecond };
}

/** Compiles the step and runs it on the first batches, the first time to warm up. The adapter made is thrown away. */
export async function measureStepTime(
  recipe: Recipe,
  run: PreparedRun,
  { steps, plan, evalRows, signal }: StepTimeOptions,
): Promise<StepTime> {
  const optimiser = optimiserOf(recipe);
  const { base, method, config, initial } = run;
  const step = await compileTrainStep(base, method, config, initial, {
    optimiser,
    groupOf: groupsOf(recipe, Object.keys(initial)),
    maxGradNorm: recipe.max_grad_norm,
    ...lossOptionsOf(recipe),
    packed: recipe.data.packing !== false,
    device: recipe.device,
    threads: recipe.workers > 1 ? cpuSlices(recipe.workers, { threads: recipe.threads })[0]!.threads : recipe.threads,
  });
  const { isFrozen = () => false } = method;
  const trained = Object.fromEntries(Object.entries(initial).filter(([key]) => !isFrozen(key)));
  let params: Parameters<typeof step.run>[0]["params"] = mapTensors(initial, toValue);
  let state = optimiser.initialState(typesOf(trained));
  let [seconds, tokens] = [0, 0];
  try {
    for (const [turn, at] of [0, 0, 1].entries()) {
      const [batch] = await plan.batches(at % Math.max(1, steps));
      const started = performance.now();
      ({ params, state } = await step.run({ params, state, batches: [batch!], learningRate: 1e-6 }, { signal }));
      if (turn === 0) continue; // warms up
      seconds += (performance.now() - started) / 1000;
      tokens += batch!.B * batch!.T;
    }
  } finally {
    await step.close();
  }
  const shape = plan.meanShape(steps);
  const turns = Math.ceil(recipe.gradient_accumulation / recipe.workers);
  const secondsPerStep = ((seconds / tokens) * shape.tokensPerStep * turns) / recipe.gradient_accumulation;
  const flopsPerStep = stepFlops(recipe, run, shape);
  const evaluationSeconds = evaluationTime(recipe, { steps, evalRows, secondsPerToken: seconds / tokens });
  const totalSeconds = steps * secondsPerStep + evaluationSeconds;
  return { secondsPerStep, totalSeconds, evaluationSeconds, how: "measured", flopsPerStep };
}

/** Of a token's training, what it takes to look at it only; and to generate one, where each weight is read for one token. */
const forwardShare = 0.5;
const generationShare = 5;

/** Seconds of all evaluations: the loss of the rows kept aside, and answers as long as they may be. */
function evaluationTime(
  { eval_every_steps, batch_size, eval_generate, sample_prompts, sample_tokens }: Recipe,
  { steps, evalRows, secondsPerToken }: { steps: number; evalRows: RowSet; secondsPerToken: number },
): number {
  const evaluations = 1 + (eval_every_steps === undefined ? 0 : Math.ceil(steps / eval_every_steps) - 1);
  let tokens = 0;
  for (let at = 0; at < evalRows.length; at += batch_size) {
    const length = Math.min(batch_size, evalRows.length - at);
    tokens += length * Math.max(...Array.from({ length }, (_, i) => evalRows.tokensOf(at + i)));
  }
  const answers = sample_prompts.length + Math.min(eval_generate, evalRows.length);
  return evaluations * secondsPerToken * (forwardShare * tokens + generationShare * answers * sample_tokens);
}

/**
 * Operations of a step. Linear layers: 2 per weight and token forward, as many for the gradient by the input, once more
 * forward where layers are computed again and for the reference of preferences. Adapter: 6 per parameter. Attention: 4·T·C per token and layer forward (scores and
 * sums), twice that backward. Output embedding: as a linear layer, and its logits once more, at supervised positions alone.
 */
function stepFlops(recipe: Recipe, run: PreparedRun, shape: ReturnType<BatchPlan["meanShape"]>): number {
  const { hiddenSize, layers, vocabSize } = run.model.config;
  const linearParameters = linearLayersOf(run.model)
    .slice(0, -1)
    .reduce((sum, { inFeatures, outFeatures }) => sum + inFeatures * outFeatures, 0);
  const again = recipe.gradient_checkpointing ? 1 : 0;
  const { tokensPerStep, rowsPerStep, supervisedPerStep } = shape;
  const T = tokensPerStep / rowsPerStep;
  // The reference of preferences is looked at too, and nothing of it is kept.
  const reference = hasReference(recipe.objective) ? 1 : 0;
  const linears = (4 + 2 * again + 2 * reference) * linearParameters;
  const attention = (12 + 4 * reference) * T * hiddenSize * layers;
  return (
    tokensPerStep * (linears + attention + 6 * countTrainable(run)) + supervisedPerStep * 6 * vocabSize * hiddenSize
  );
}

/** Floating-point operations a second of x [rows, width] times a square weight, of the middle one of the runs in a fifth of a second. */
async function productSpeed({
  rows,
  width,
  device,
  threads,
}: {
  rows: number;
  width: number;
  device: Recipe["device"];
  threads?: number;
}): Promise<number> {
  const size = Math.max(width, 128);
  const program = await compile(({ x, w }: { x: Tensor; w: Tensor }) => ({ y: linear(x, w) }), {
    inputs: { x: { dtype: "float32", shape: [rows, size] }, w: { dtype: "float32", shape: [size, size] } },
    device,
    threads,
    name: "speed",
  });
  const feeds = {
    x: value(new Float32Array(rows * size).fill(0.5), [rows, size]),
    w: value(new Float32Array(size * size).fill(0.25), [size, size]),
  };
  const seconds: number[] = [];
  const until = performance.now() + 200;
  while (seconds.length < 4 || performance.now() < until) {
    const started = performance.now();
    await program(feeds);
    seconds.push((performance.now() - started) / 1000);
  }
  await program.close();
  const [, ...warm] = seconds; // the first warms up
  const middle = warm.sort((a, b) => a - b)[Math.floor(warm.length / 2)]!;
  return (2 * rows * size * size) / middle;
}
