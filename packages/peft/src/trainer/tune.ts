import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type OnProgress, ProgressMeter, Rng, throwIfCancelled } from "@loam/core";
import { type ScheduleName, schedule } from "@loam/graph";
import { adaptedGenerator } from "../adapted-generator.ts";
import { writeAdapter } from "../adapter-files.ts";
import { type Batch, collate } from "../data/pack.ts";
import type { Keeper } from "../method.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../tensor-value.ts";
import { latestCheckpoint, saveCheckpoint, type TrainingState } from "./checkpoints.ts";
import { compileEvaluator } from "./evaluate.ts";
import { MetricsFile } from "./metrics-file.ts";
import { modelCard } from "./model-card.ts";
import { optimiserOf, type PreparedRun, prepareRun } from "./prepare.ts";
import { parseRecipe, type Recipe, type RecipeInput } from "./recipe.ts";
import { type RunRecorder, recordAll } from "./recorder.ts";
import { TensorBoardWriter } from "./tensorboard.ts";
import { compileTrainStep, supervisedOf, type TrainStep } from "./train-step.ts";
import { BatchPlan, loadTrainingData, promptText, type TrainingData } from "./training-data.ts";

export interface TuneOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Hears of parameters, metrics, samples and artifacts; TensorBoard files and `metrics.jsonl` are written anyway. */
  recorder?: RunRecorder;
  /** "never" starts over even where the output folder holds checkpoints. */
  resume?: "auto" | "never";
}

export interface TuneResult {
  /** The adapter folder. */
  output: string;
  steps: number;
  losses: { first: number; last: number; eval?: number };
  trainableParameters: number;
  data: TrainingData["report"];
  /** The step that the run went on from; 0 when it began anew. */
  resumedFrom: number;
}

/**
 * Fine-tunes as a recipe says. The output folder gets the adapter in PEFT's (or AdapterHub's) form, a model card, TensorBoard
 * events, `metrics.jsonl` and checkpoints; where it holds checkpoints of the same run already, that run goes on, and on the CPU
 * its losses are bit for bit those of a run that was never stopped.
 *
 * @throws {InputError} for bad recipes and data, `loss_not_finite` naming step and rows; {@link CancelledError} after a
 *   last checkpoint.
 */
export async function tune(input: RecipeInput, options: TuneOptions = {}): Promise<TuneResult> {
  const recipe = parseRecipe(input);
  const { signal, onProgress } = options;
  const run = await prepareRun(recipe, { onProgress, signal });
  const data = await loadTrainingData(run.model, recipe, { signal });
  const training = new Training(recipe, run, data, options);
  const recorder = training.recorder;
  await recorder.start({ name: recipe.output, params: recipe });
  try {
    await training.restore();
    await training.runAll();
    const result = await training.finish();
    await recorder.finish({ status: "finished" });
    return result;
  } catch (error) {
    const status = signal?.aborted ? "cancelled" : "failed";
    await recorder.finish({ status, error: (error as Error).message });
    throw error;
  } finally {
    await training.close();
  }
}

/** The steps of a recipe. */
export function totalSteps(recipe: Recipe, plan: BatchPlan): number {
  return recipe.max_steps ?? Math.max(1, Math.ceil(plan.stepsPerEpoch * recipe.epochs));
}

/** One training run, between steps. */
class Training {
  readonly recorder: Required<RunRecorder>;
  readonly #recipe: Recipe;
  readonly #run: PreparedRun;
  readonly #data: TrainingData;
  readonly #options: TuneOptions;
  readonly #plan: BatchPlan;
  readonly #steps: number;
  readonly #metrics: MetricsFile;
  readonly #checkpoints: string;
  #state: TrainingState;
  #keeper: Keeper<PreparedRun["config"]> | undefined;
  #step: TrainStep | undefined;
  #resumedFrom = 0;

  constructor(recipe: Recipe, run: PreparedRun, data: TrainingData, options: TuneOptions) {
    this.#recipe = recipe;
    this.#run = run;
    this.#data = data;
    this.#options = options;
    this.#plan = new BatchPlan(data.train, recipe, run.model.padTokenId);
    this.#steps = totalSteps(recipe, this.#plan);
    this.#metrics = new MetricsFile(join(recipe.output, "metrics.jsonl"));
    this.#checkpoints = join(recipe.output, "checkpoints");
    const board = new TensorBoardWriter(join(recipe.output, "runs"));
    this.recorder = recordAll([this.#metrics, board, ...(options.recorder ? [options.recorder] : [])]);
    this.#state = this.#fresh(mapTensors(run.initial, toValue));
    this.#keeper = run.method.keeper?.(run.base, run.config, { totalSteps: this.#steps });
  }

  /** Goes back to the last good checkpoint, if there is one. */
  async restore(): Promise<void> {
    const { method, base } = this.#run;
    if (this.#options.resume === "never") await rm(this.#checkpoints, { recursive: true, force: true });
    const saved = await latestCheckpoint(this.#checkpoints, {
      onBad: (path, reason) => this.#tell(`${path} is left out: ${reason}`),
    });
    if (saved && saved.dataHash !== this.#data.hash) {
      throw new InputError("other_run", `${this.#checkpoints} belongs to a run on other data.`, {
        hint: "choose another `output`, or remove that folder",
      });
    }
    await this.#metrics.truncate(saved?.step ?? 0);
    if (!saved) return;
    this.#state = saved;
    this.#resumedFrom = saved.step;
    this.#keeper = method.keeper?.(base, saved.config, { totalSteps: this.#steps, saved: saved.keeper });
  }

  async runAll(): Promise<void> {
    const {
      eval_every_steps,
      checkpoint_every_steps,
      early_stopping_patience,
      keep_checkpoints,
      optimizer,
      schedule: how,
    } = this.#recipe;
    const rate = schedule(how.name as ScheduleName, {
      learningRate: optimizer.learning_rate,
      warmupSteps: how.warmup_steps,
      totalSteps: this.#steps,
    });
    const meter = new ProgressMeter(this.#options.onProgress, {
      task: "train",
      unit: "step",
      total: this.#steps,
      done: this.#state.step,
    });
    const save = () => saveCheckpoint(this.#checkpoints, this.#state, { keep: keep_checkpoints });
    while (this.#state.step < this.#steps) {
      if (this.#options.signal?.aborted) await save();
      throwIfCancelled(this.#options.signal, "Training");
      const loss = await this.#trainStep(rate(this.#state.step));
      meter.advance(1, `loss ${loss.toFixed(4)}`);
      const done = this.#state.step;
      if (eval_every_steps && done % eval_every_steps === 0 && done < this.#steps) await this.#evaluate();
      if (done % checkpoint_every_steps === 0 && done < this.#steps) await save();
      if (early_stopping_patience && this.#state.evaluationsSinceBest >= early_stopping_patience) {
        this.#tell(`stopped early: no lower evaluation loss since step ${this.#state.best?.step}`);
        break;
      }
    }
    await save();
  }

  /** Evaluates, and writes the adapter with its card. */
  async finish(): Promise<TuneResult> {
    const { base, method } = this.#run;
    const { output } = this.#recipe;
    const evalLoss = await this.#evaluate();
    const { config, params, step: steps } = this.#state;
    const tensors = mapTensors(params, toTensor);
    await writeAdapter(output, method, (await method.toFile?.(base, config, tensors)) ?? { config, tensors });
    const lines = (await this.#metrics.read()).filter((line) => line["train/loss"] !== undefined);
    const losses = {
      first: lines[0]?.["train/loss"] ?? Number.NaN,
      last: lines.at(-1)?.["train/loss"] ?? Number.NaN,
      ...(evalLoss !== undefined && { eval: evalLoss }),
    };
    const trainableParameters = countTrainable(this.#run);
    const card = modelCard({ recipe: this.#recipe, data: this.#data, trainableParameters, steps, losses });
    await writeFile(join(output, "README.md"), card);
    await this.recorder.artifact(output);
    return { output, steps, losses, trainableParameters, data: this.#data.report, resumedFrom: this.#resumedFrom };
  }

  async close(): Promise<void> {
    await this.#step?.close();
    this.#step = undefined;
  }

  async #trainStep(learningRate: number): Promise<number> {
    const { seed } = this.#recipe;
    const { step, params } = this.#state;
    const batches = this.#plan.batches(step);
    this.#step ??= await this.#compile();
    const started = performance.now();
    const keys = batches.map((_, micro) =>
      new Rng((seed * 1_000_003 + step * 1_009 + micro) % 2 ** 52).integer(2 ** 31 - 1),
    );
    const result = await this.#step.run(
      { params, state: this.#state.optimiser, batches, learningRate, keys },
      { signal: this.#options.signal },
    );
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradNorm))
      throw this.#notFinite(result.loss, result.gradNorm);
    const supervised = supervisedOf(batches);
    const seconds = (performance.now() - started) / 1000;
    this.#state = {
      ...this.#state,
      step: step + 1,
      params: result.params,
      optimiser: result.state,
      tokens: this.#state.tokens + supervised,
    };
    if (this.#keeper && result.grads) await this.#keep(result.grads);
    await this.recorder.metrics(step + 1, {
      "train/loss": result.loss,
      "train/learning_rate": learningRate,
      "train/grad_norm": result.gradNorm,
      "train/tokens_per_second":
        batches.reduce((sum, { segments }) => sum + segments.filter((s) => s >= 0).length, 0) / seconds,
    });
    return result.loss;
  }

  /** Lets the method act between steps; where it changes which tensors there are, the step is compiled anew. */
  async #keep(grads: TrainingState["params"]): Promise<void> {
    const { step, params } = this.#state;
    const kept = this.#keeper!.afterStep({
      step,
      params: mapTensors(params, toTensor),
      grads: mapTensors(grads, toTensor),
    });
    this.#state = { ...this.#state, config: this.#keeper!.config(), keeper: this.#keeper!.save() };
    if (!kept) return;
    const values = mapTensors(kept.params, toValue);
    if (kept.optimiser === "continue") {
      this.#state = { ...this.#state, params: values };
      return;
    }
    this.#state = { ...this.#state, params: values, optimiser: this.#freshOptimiser(values) };
    await this.close();
  }

  /** The loss on the evaluation split, with samples; undefined without a split. */
  async #evaluate(): Promise<number | undefined> {
    const { base, method, model } = this.#run;
    const { device, threads, batch_size, sample_prompts, sample_tokens, data } = this.#recipe;
    const { config, params, step } = this.#state;
    let loss: number | undefined;
    if (this.#data.eval.length > 0) {
      const batches: Batch[] = [];
      for (let i = 0; i < this.#data.eval.length; i += batch_size)
        batches.push(collate(this.#data.eval.slice(i, i + batch_size), { padId: model.padTokenId }));
      const evaluator = await compileEvaluator(base, method, config, shapesOf(params), { device, threads });
      try {
        loss = await evaluator.loss(params, batches, { signal: this.#options.signal });
      } finally {
        await evaluator.close();
      }
      await this.recorder.metrics(step, { "eval/loss": loss });
      const better = loss < (this.#state.best?.loss ?? Number.POSITIVE_INFINITY);
      this.#state = better
        ? { ...this.#state, best: { loss, step }, evaluationsSinceBest: 0 }
        : { ...this.#state, evaluationsSinceBest: this.#state.evaluationsSinceBest + 1 };
    }
    if (sample_prompts.length === 0) return loss;
    const generator = await adaptedGenerator(base, method, config, mapTensors(params, toTensor), { device, threads });
    try {
      const texts = sample_prompts.map((prompt) => promptText(model, prompt, data.template));
      for (const [i, { text }] of (await generator.generate(texts, { maxNewTokens: sample_tokens })).entries())
        await this.recorder.text(step, `sample/${i}`, `${sample_prompts[i]}\n\n${text}`);
    } finally {
      await generator.close();
    }
    return loss;
  }

  #compile(): Promise<TrainStep> {
    const { base, method } = this.#run;
    const { max_grad_norm, label_smoothing, neftune_alpha, gradient_accumulation, data, device, threads } =
      this.#recipe;
    return compileTrainStep(base, method, this.#state.config, shapesOf(this.#state.params), {
      optimiser: optimiserOf(this.#recipe),
      maxGradNorm: max_grad_norm,
      labelSmoothing: label_smoothing,
      neftuneAlpha: neftune_alpha,
      checkpointing: this.#recipe.gradient_checkpointing ? "layers" : "none",
      batches: gradient_accumulation > 1 ? "accumulated" : "single",
      packed: data.packing,
      device,
      threads,
    });
  }

  #fresh(params: TrainingState["params"]): TrainingState {
    return {
      step: 0,
      config: this.#run.config,
      params,
      optimiser: this.#freshOptimiser(params),
      keeper: {},
      tokens: 0,
      evaluationsSinceBest: 0,
      dataHash: this.#data.hash,
    };
  }

  #freshOptimiser(params: TrainingState["params"]): TrainingState["optimiser"] {
    const { isFrozen = () => false } = this.#run.method;
    const trained = Object.entries(params).filter(([key]) => !isFrozen(key));
    return optimiserOf(this.#recipe).initialState(typesOf(shapesOf(Object.fromEntries(trained))));
  }

  #notFinite(loss: number, gradNorm: number): InputError {
    const { step } = this.#state;
    const rows = this.#plan.rowsOf(step);
    return new InputError(
      "loss_not_finite",
      `Step ${step + 1} gave loss ${loss} and gradient norm ${gradNorm} on rows ${rows.slice(0, 8).join(", ")} of the shuffled training data.`,
      {
        details: { step: step + 1, rows, loss, gradNorm },
        hint: `the last good state stays in ${this.#checkpoints}; lower \`optimizer.learning_rate\`, or set \`max_grad_norm: 1\``,
      },
    );
  }

  #tell(message: string): void {
    this.#options.onProgress?.({ task: "train", unit: "step", done: this.#state.step, total: this.#steps, message });
  }
}

const shapesOf = (params: TrainingState["params"]): Record<string, { shape: readonly number[] }> =>
  mapTensors(params, ({ dims }) => ({ shape: dims }));

/** Numbers that a fresh adapter trains. */
export function countTrainable({ method, initial }: PreparedRun): number {
  return Object.entries(initial)
    .filter(([key]) => !method.isFrozen?.(key))
    .reduce((sum, [, { data }]) => sum + data.length, 0);
}
