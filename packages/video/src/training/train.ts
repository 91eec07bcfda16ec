import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type OnProgress, ProgressMeter, Rng, throwIfCancelled } from "@loam/core";
import { adamW, schedule, value } from "@loam/graph";
import {
  latestStep,
  MetricsFile,
  type RunRecorder,
  readTrained,
  recordAll,
  saveStep,
  TensorBoardWriter,
  trainedTensors,
  writing,
} from "@loam/peft";
import type { ClipSource } from "../data/clip-source.ts";
import { openClipSource } from "../data/open-source.ts";
import { flowLoss } from "../diffusion/flow/loss.ts";
import { samplerOf } from "../diffusion/flow/samplers/table.ts";
import type { TimeDistribution } from "../diffusion/flow/times.ts";
import { initialVideoDit } from "../dit/initial.ts";
import { dropPrompts, videoDit } from "../dit/video-dit.ts";
import { modulesOf } from "../model/model-parameters.ts";
import {
  type VideoModel,
  type VideoModelConfig,
  videoModel,
  videoModelShapes,
  writeVideoModel,
} from "../model/video-model.ts";
import { type ClipSize, patchGrid } from "../patches/patchify.ts";
import { initialLearnedWords, learnedPrompts } from "../text/learned-words.ts";
import { Vocabulary } from "../text/vocabulary.ts";
import { type ClipBatches, clipBatch, clipBatchSpec } from "./clip-batches.ts";
import { forecastTraining, type VideoForecast } from "./forecast.ts";
import { compileLearner, emaDecayAt, type Learner, type LearnerState, type Params } from "./learner.ts";
import { parseVideoRecipe, recipeDifferences, type VideoRecipe, type VideoRecipeInput } from "./recipe.ts";
import { writeSamples } from "./sample-clips.ts";

export interface TrainVideoOptions {
  /** The folder of the recipe file, where its data may lie. */
  besides?: string;
  signal?: AbortSignal;
  onProgress?: OnProgress;
  /** Hears of parameters, metrics and artifacts; TensorBoard files and `metrics.jsonl` are written anyway. */
  recorder?: RunRecorder;
  /** Hears what the run is going to take, before its first step. */
  onPlan?: (plan: VideoForecast) => void;
  /** "never" starts over even where the output folder holds checkpoints. */
  resume?: "auto" | "never";
}

export interface TrainVideoResult {
  /** The model folder. */
  output: string;
  steps: number;
  parameters: number;
  losses: { first: number; last: number };
  /** The step that the run went on from; 0 when it began anew. */
  resumedFrom: number;
  /** Processor time of this process since the run began or went on, all cores together. */
  processorSeconds: number;
}

/**
 * Trains a video model as a recipe says. The output folder gets the model (weights are their running mean), checkpoints,
 * `metrics.jsonl` and TensorBoard events; where it holds checkpoints of the same run, that run goes on, bit for bit.
 *
 * @throws {InputError} for bad recipes and data, `loss_not_finite` naming the step; {@link CancelledError} after a last
 *   checkpoint.
 */
export async function trainVideo(input: VideoRecipeInput, options: TrainVideoOptions = {}): Promise<TrainVideoResult> {
  const recipe = parseVideoRecipe(input);
  const source = await openClipSource(recipe.data, { besides: options.besides });
  const run = new Training(recipe, source, options);
  const { recorder } = run;
  try {
    await run.restore();
    options.onPlan?.(run.plan());
    await recorder.start({ name: recipe.output, params: recipe });
    try {
      const result = await run.runAll();
      await recorder.finish({ status: "finished" });
      return result;
    } catch (error) {
      const status = options.signal?.aborted ? "cancelled" : "failed";
      await Promise.resolve(recorder.finish({ status, error: (error as Error).message })).catch(() => {});
      throw error;
    }
  } finally {
    await run.close();
  }
}

/** What a recipe is going to take; nothing starts. */
export async function videoForecast(
  input: VideoRecipeInput,
  { besides }: { besides?: string } = {},
): Promise<VideoForecast> {
  const recipe = parseVideoRecipe(input);
  const source = await openClipSource(recipe.data, { besides });
  checkSamples(recipe, new Vocabulary(source));
  return forecastTraining(recipe, modelConfigOf(recipe, source), { resumedFrom: 0, data: source.describe() });
}

/** Samples are made of words that captions have, by a sampler that there is: known before hours have passed. */
function checkSamples({ sample_prompts, sampling }: VideoRecipe, vocabulary: Vocabulary): void {
  for (const prompt of sample_prompts) vocabulary.encode(prompt);
  samplerOf(sampling.sampler);
}

type Spec = ReturnType<typeof clipBatchSpec>;

/** One training run, between steps. */
class Training {
  readonly recorder: Required<RunRecorder>;
  readonly #recipe: VideoRecipe;
  readonly #options: TrainVideoOptions;
  readonly #config: VideoModelConfig;
  readonly #batches: ClipBatches;
  readonly #metrics: MetricsFile;
  readonly #checkpoints: string;
  readonly #source: ClipSource;
  readonly #rate: (step: number) => number;
  #state: LearnerState | undefined;
  #step = 0;
  #resumedFrom = 0;
  #firstLoss = Number.NaN;
  /** One compiled step for each size of clips. */
  readonly #learners = new Map<string, Promise<Learner<Spec>>>();

  constructor(recipe: VideoRecipe, source: ClipSource, options: TrainVideoOptions) {
    this.#recipe = recipe;
    this.#source = source;
    this.#options = options;
    this.#config = modelConfigOf(recipe, source);
    const { vocabulary } = videoModel(this.#config, {});
    checkSamples(recipe, vocabulary);
    for (const size of source.sizes) patchGrid(size, this.#config.dit.patch);
    this.#batches = {
      source,
      vocabulary,
      batchSize: recipe.batch_size,
      seed: recipe.seed,
      times: timesOf(recipe),
      timeShift: recipe.times.shift,
      promptDropout: recipe.prompt_dropout,
    };
    this.#metrics = new MetricsFile(join(recipe.output, "metrics.jsonl"));
    this.#checkpoints = join(recipe.output, "checkpoints");
    const board = new TensorBoardWriter(join(recipe.output, "runs"));
    this.recorder = recordAll([this.#metrics, board, ...(options.recorder ? [options.recorder] : [])]);
    const { learning_rate, warmup_steps, min_ratio } = recipe.optimizer;
    this.#rate = schedule("cosine_with_min_lr", {
      learningRate: learning_rate,
      warmupSteps: warmup_steps,
      totalSteps: recipe.steps,
      minRatio: min_ratio,
    });
  }

  plan(): VideoForecast {
    return forecastTraining(this.#recipe, this.#config, {
      resumedFrom: this.#resumedFrom,
      data: this.#source.describe(),
    });
  }

  /** Goes back to the last good checkpoint, if there is one. */
  async restore(): Promise<void> {
    if (this.#options.resume === "never") await rm(this.#checkpoints, { recursive: true, force: true });
    const saved = await latestStep(this.#checkpoints, {
      onBad: (path, reason) => this.#tell(`${path} is left out: ${reason}`),
    });
    const json = saved?.json as { step: number; recipe: VideoRecipe; dataHash: string; firstLoss: number } | undefined;
    await this.#metrics.forget(({ step }) => step > (json?.step ?? 0));
    if (!saved || !json) return;
    const differences = recipeDifferences(json.recipe, this.#recipe);
    if (json.dataHash !== this.#source.hash) differences.push("data files");
    if (differences.length > 0)
      throw new InputError(
        "other_run",
        `${this.#checkpoints} belongs to a run with another recipe (${differences.join(", ")}).`,
        { details: { differences }, hint: "choose another `output`, or begin anew with `--fresh`" },
      );
    const means = Object.entries(saved.tensors).filter(([name]) => name.startsWith("ema/"));
    this.#state = {
      ...readTrained(saved.tensors, json.step),
      ema: Object.fromEntries(means.map(([name, x]) => [name.slice("ema/".length), x])),
    };
    this.#step = this.#resumedFrom = json.step;
    this.#firstLoss = json.firstLoss;
  }

  /** Trains to the end; stopped by its signal it leaves a checkpoint of the last whole step. */
  async runAll(): Promise<TrainVideoResult> {
    const { steps, checkpoint_every_steps, sample_every_steps, output } = this.#recipe;
    const { signal, onProgress } = this.#options;
    const began = process.cpuUsage();
    this.#state ??= (await this.#learnerFor(this.#source.sizes[0]!)).start(this.#initial());
    const meter = new ProgressMeter(onProgress, { task: "train", unit: "step", total: steps, done: this.#step });
    let saved = this.#resumedFrom;
    let last = Number.NaN;
    try {
      // The next batch is drawn while the present one is learned from.
      let next = this.#batchOf(this.#step);
      while (this.#step < steps) {
        throwIfCancelled(signal, "Training");
        const batch = await next;
        const running = this.#learn(batch);
        if (this.#step + 1 < steps) next = this.#batchOf(this.#step + 1);
        next.catch(() => {});
        last = await running;
        meter.advance(1, `loss ${last.toFixed(4)}`);
        if (this.#step % checkpoint_every_steps === 0 && this.#step < steps) {
          await this.#save();
          saved = this.#step;
        }
        if (sample_every_steps && this.#step % sample_every_steps === 0) await this.#sample();
      }
    } catch (error) {
      if (signal?.aborted && this.#step > saved) await this.#save();
      throw error;
    }
    if (this.#step > saved) await this.#save();
    await writing(output, { what: "the model" }, () => writeVideoModel(output, this.#model()));
    await this.recorder.artifact(output);
    const { user, system } = process.cpuUsage(began);
    return {
      output,
      steps,
      parameters: Object.values(this.#state.params).reduce((sum, { size }) => sum + size, 0),
      losses: { first: this.#firstLoss, last },
      resumedFrom: this.#resumedFrom,
      processorSeconds: (user + system) / 1e6,
    };
  }

  /** Clips of the recipe's prompts with the model as it is now; recorded as `sample/0`, `sample/1`, … */
  async #sample(): Promise<void> {
    const { sample_prompts: prompts, output, threads } = this.#recipe;
    if (prompts.length === 0) return;
    const paths = await writing(output, { what: "samples" }, () =>
      writeSamples(output, { model: this.#model(), step: this.#step, prompts, threads }),
    );
    for (const [i, path] of paths.entries()) await this.recorder.text(this.#step, `sample/${i}`, path);
  }

  async close(): Promise<void> {
    for (const learner of this.#learners.values()) await (await learner).close();
    this.#learners.clear();
  }

  /** All sizes take their turn. */
  #batchOf(step: number) {
    const { sizes } = this.#source;
    return clipBatch(this.#batches, step, sizes[step % sizes.length]!);
  }

  async #learn(batch: Awaited<ReturnType<typeof clipBatch>>): Promise<number> {
    const started = performance.now();
    const learningRate = this.#rate(this.#step);
    const emaDecay = emaDecayAt(this.#step, this.#recipe.ema);
    const [, frames, , height, width] = batch.x.dims as [number, number, number, number, number];
    const learner = await this.#learnerFor({ frames, height, width });
    const { state, loss, gradNorm } = await learner.step(this.#state!, batch, { learningRate, emaDecay });
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm))
      throw new InputError(
        "loss_not_finite",
        `Step ${this.#step + 1} gave loss ${loss} and gradient norm ${gradNorm}.`,
        {
          details: { step: this.#step + 1, loss, gradNorm },
          hint: `the last good state stays in ${this.#checkpoints}; lower \`optimizer.learning_rate\``,
        },
      );
    this.#state = state;
    this.#step++;
    if (Number.isNaN(this.#firstLoss)) this.#firstLoss = loss;
    const [f, h, w] = patchGrid({ frames, height, width }, this.#config.dit.patch);
    const seconds = (performance.now() - started) / 1000;
    await this.recorder.metrics(this.#step, {
      "train/loss": loss,
      "train/learning_rate": learningRate,
      "train/grad_norm": gradNorm,
      "train/tokens_per_second": (this.#recipe.batch_size * f * h * w) / seconds,
    });
    return loss;
  }

  #learnerFor(size: ClipSize): Promise<Learner<Spec>> {
    const key = `${size.frames}x${size.width}x${size.height}`;
    let learner = this.#learners.get(key);
    if (!learner) {
      learner = this.#compile(size);
      this.#learners.set(key, learner);
    }
    return learner;
  }

  #compile(size: ClipSize): Promise<Learner<Spec>> {
    const { dit, predicts } = this.#config;
    const { betas, weight_decay, clip_norm } = this.#recipe.optimizer;
    return compileLearner({
      name: "video-step",
      shapes: videoModelShapes(this.#config),
      batch: clipBatchSpec(this.#batches, size),
      optimiser: adamW({ betas, weightDecay: weight_decay }),
      clipNorm: clip_norm,
      threads: this.#recipe.threads,
      loss: (params, { x, eps, t, ids, mask, drop }) => {
        const modules = modulesOf(params);
        const prompts = dropPrompts(modules, learnedPrompts(modules, { ids, mask }), drop);
        const predict = (xt: typeof x) => videoDit(modules, dit, { x: xt, t, prompts });
        return flowLoss({ x, eps, t }, { prediction: predicts, predict });
      },
    });
  }

  #initial(): Params {
    const rng = new Rng(this.#recipe.seed);
    const { dit, words, maxWords } = this.#config;
    const initial = {
      ...initialVideoDit(dit, rng),
      ...initialLearnedWords({ words: words.length, maxWords }, dit.textDim, rng),
    };
    const shapes: Record<string, readonly number[]> = videoModelShapes(this.#config);
    return Object.fromEntries(Object.entries(initial).map(([name, data]) => [name, value(data, shapes[name])]));
  }

  /** The model as it is now, with the running mean of its weights. */
  #model(): VideoModel {
    const weights = Object.entries(this.#state!.ema).map(
      ([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }] as const,
    );
    return videoModel(this.#config, Object.fromEntries(weights));
  }

  async #save(): Promise<void> {
    const { params, ema, optimiser } = this.#state!;
    const means = Object.entries(ema).map(([name, x]) => [`ema/${name}`, x] as const);
    await saveStep(
      this.#checkpoints,
      this.#step,
      {
        tensors: { ...trainedTensors(params, optimiser), ...Object.fromEntries(means) },
        json: { step: this.#step, recipe: this.#recipe, dataHash: this.#source.hash, firstLoss: this.#firstLoss },
      },
      { keep: this.#recipe.keep_checkpoints },
    );
  }

  #tell(message: string): void {
    this.#options.onProgress?.({ task: "train", unit: "step", done: this.#step, total: this.#recipe.steps, message });
  }
}

function timesOf({ times: { distribution, mean, std, scale } }: VideoRecipe): TimeDistribution {
  if (distribution === "logit-normal") return { name: distribution, mean, std };
  return distribution === "mode" ? { name: distribution, scale } : { name: distribution };
}

/** What the model folder's `config.json` will say. */
function modelConfigOf({ model, sampling, output, sample_prompts }: VideoRecipe, source: ClipSource): VideoModelConfig {
  return {
    model_type: "loam-video",
    version: 1,
    name: output.split(/[\\/]/).filter(Boolean).at(-1) ?? "video",
    dit: {
      channels: source.channels,
      patch: model.patch,
      hidden: model.hidden,
      depth: model.depth,
      heads: model.heads,
      mlpRatio: model.mlp_ratio,
      textDim: model.text_dim,
      positions: model.positions,
      attention: model.attention,
    },
    predicts: model.predicts,
    words: [...source.words],
    maxWords: source.maxWords,
    sizes: [...source.sizes],
    framesPerSecond: 8,
    sampling,
    examples: sample_prompts,
  };
}
