import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import { adamW, schedule, type Tensor, type TensorType, type Value, value } from "@loam/graph";
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
import type { ClipSize } from "../patches/patchify.ts";
import type { VideoForecast } from "./forecast.ts";
import {
  compileLearner,
  emaDecayAt,
  type Learner,
  type LearnerState,
  type LossWithParts,
  type Params,
} from "./learner.ts";
import type { OptimizerFields } from "./recipe.ts";

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
  /** Of a codec: decibels of clips that it did not learn from. */
  psnr?: number;
}

export type Weights = Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;

/** What every recipe that can be trained says of how. */
interface RunRecipe {
  output: string;
  steps: number;
  optimizer: OptimizerFields;
  ema: number;
  checkpoint_every_steps: number;
  keep_checkpoints: number;
  sample_every_steps?: number;
  threads?: number;
}

/** What is trained: weights, batches and a loss. */
export interface TrainingJob<B extends Record<string, TensorType>, R extends RunRecipe> {
  name: string;
  recipe: R;
  /** Names of the fields in which another recipe is another run. */
  differences(saved: R): string[];
  /** Changes when the data would be others. */
  dataHash: string;
  /** Sizes of the clips of a batch; they take turns. */
  sizes: readonly ClipSize[];
  shapes: Readonly<Record<string, readonly number[]>>;
  initial(): Record<string, Float32Array> | Promise<Record<string, Float32Array>>;
  batchSpec(size: ClipSize): B;
  batch(step: number, size: ClipSize): Promise<Record<keyof B & string, Value>>;
  loss(params: Params<Tensor>, batch: Record<keyof B & string, Tensor>): Tensor | LossWithParts;
  tokensPerStep(size: ClipSize): number;
  plan(resumedFrom: number): VideoForecast;
  /** Writes samples of a step; recorded as `sample/0`, `sample/1`, … */
  sample?(weights: Weights, step: number): Promise<string[]>;
  /** Writes the model, and tells scores of it. */
  write(weights: Weights): Promise<Record<string, number>>;
}

/** Trains what a job says, from its last checkpoint if there is one. */
export async function runTraining<B extends Record<string, TensorType>, R extends RunRecipe>(
  job: TrainingJob<B, R>,
  options: TrainVideoOptions,
): Promise<TrainVideoResult> {
  const run = new TrainingRun(job, options);
  const { recorder } = run;
  try {
    await run.restore();
    options.onPlan?.(run.plan());
    await recorder.start({ name: job.recipe.output, params: job.recipe as Readonly<Record<string, unknown>> & R });
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

/** One training run, between steps. */
class TrainingRun<B extends Record<string, TensorType>, R extends RunRecipe> {
  readonly recorder: Required<RunRecorder>;
  readonly #job: TrainingJob<B, R>;
  readonly #recipe: R;
  readonly #options: TrainVideoOptions;
  readonly #metrics: MetricsFile;
  readonly #checkpoints: string;
  readonly #rate: (step: number) => number;
  #state: LearnerState | undefined;
  #step = 0;
  #resumedFrom = 0;
  #firstLoss = Number.NaN;
  /** One compiled step for each size of clips. */
  readonly #learners = new Map<string, Promise<Learner<B>>>();

  constructor(job: TrainingJob<B, R>, options: TrainVideoOptions) {
    this.#job = job;
    this.#recipe = job.recipe;
    this.#options = options;
    const { output, optimizer, steps } = job.recipe;
    this.#metrics = new MetricsFile(join(output, "metrics.jsonl"));
    this.#checkpoints = join(output, "checkpoints");
    const board = new TensorBoardWriter(join(output, "runs"));
    this.recorder = recordAll([this.#metrics, board, ...(options.recorder ? [options.recorder] : [])]);
    this.#rate = schedule("cosine_with_min_lr", {
      learningRate: optimizer.learning_rate,
      warmupSteps: optimizer.warmup_steps,
      totalSteps: steps,
      minRatio: optimizer.min_ratio,
    });
  }

  plan(): VideoForecast {
    return this.#job.plan(this.#resumedFrom);
  }

  /** Goes back to the last good checkpoint, if there is one. */
  async restore(): Promise<void> {
    if (this.#options.resume === "never") await rm(this.#checkpoints, { recursive: true, force: true });
    const saved = await latestStep(this.#checkpoints, {
      onBad: (path, reason) => this.#tell(`${path} is left out: ${reason}`),
    });
    const json = saved?.json as { step: number; recipe: R; dataHash: string; firstLoss: number } | undefined;
    await this.#metrics.forget(({ step }) => step > (json?.step ?? 0));
    if (!saved || !json) return;
    const differences = this.#job.differences(json.recipe);
    if (json.dataHash !== this.#job.dataHash) differences.push("data files");
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
    this.#state ??= (await this.#learnerFor(this.#job.sizes[0]!)).start(await this.#initial());
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
    const scores = await writing(output, { what: "the model" }, () => this.#job.write(this.#weights()));
    if (Object.keys(scores).length > 0)
      await this.recorder.metrics(
        this.#step,
        Object.fromEntries(Object.entries(scores).map(([name, score]) => [`eval/${name}`, score])),
      );
    await this.recorder.artifact(output);
    const { user, system } = process.cpuUsage(began);
    return {
      output,
      steps,
      parameters: Object.values(this.#state.params).reduce((sum, { size }) => sum + size, 0),
      losses: { first: this.#firstLoss, last },
      resumedFrom: this.#resumedFrom,
      processorSeconds: (user + system) / 1e6,
      ...scores,
    };
  }

  async #sample(): Promise<void> {
    const paths = await writing(
      this.#recipe.output,
      { what: "samples" },
      () => this.#job.sample?.(this.#weights(), this.#step) ?? Promise.resolve([]),
    );
    for (const [i, path] of paths.entries()) await this.recorder.text(this.#step, `sample/${i}`, path);
  }

  async close(): Promise<void> {
    for (const learner of this.#learners.values()) await (await learner).close();
    this.#learners.clear();
  }

  /** All sizes take their turn. */
  async #batchOf(step: number) {
    const size = this.#sizeOf(step);
    return { size, batch: await this.#job.batch(step, size) };
  }

  #sizeOf(step: number): ClipSize {
    const { sizes } = this.#job;
    return sizes[step % sizes.length]!;
  }

  async #learn({ size, batch }: { size: ClipSize; batch: Record<keyof B & string, Value> }): Promise<number> {
    const started = performance.now();
    const learningRate = this.#rate(this.#step);
    const emaDecay = emaDecayAt(this.#step, this.#recipe.ema);
    const learner = await this.#learnerFor(size);
    const { state, loss, gradNorm, parts } = await learner.step(this.#state!, batch, { learningRate, emaDecay });
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
    const seconds = (performance.now() - started) / 1000;
    await this.recorder.metrics(this.#step, {
      "train/loss": loss,
      ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [`train/${name}`, part])),
      "train/learning_rate": learningRate,
      "train/grad_norm": gradNorm,
      "train/tokens_per_second": this.#job.tokensPerStep(size) / seconds,
    });
    return loss;
  }

  #learnerFor(size: ClipSize): Promise<Learner<B>> {
    const key = `${size.frames}x${size.width}x${size.height}`;
    let learner = this.#learners.get(key);
    if (!learner) {
      learner = this.#compile(size);
      this.#learners.set(key, learner);
    }
    return learner;
  }

  #compile(size: ClipSize): Promise<Learner<B>> {
    const { betas, weight_decay, clip_norm } = this.#recipe.optimizer;
    const { name, shapes, loss } = this.#job;
    return compileLearner({
      name,
      shapes,
      batch: this.#job.batchSpec(size),
      optimiser: adamW({ betas, weightDecay: weight_decay }),
      clipNorm: clip_norm,
      threads: this.#recipe.threads,
      loss,
    });
  }

  async #initial(): Promise<Params> {
    const { shapes } = this.#job;
    return Object.fromEntries(
      Object.entries(await this.#job.initial()).map(([name, data]) => [name, value(data, shapes[name])]),
    );
  }

  /** The running mean of the weights, which is what is kept. */
  #weights(): Weights {
    return Object.fromEntries(
      Object.entries(this.#state!.ema).map(([name, { dims, data }]) => [
        name,
        { shape: dims, data: data as Float32Array },
      ]),
    );
  }

  async #save(): Promise<void> {
    const { params, ema, optimiser } = this.#state!;
    const means = Object.entries(ema).map(([name, x]) => [`ema/${name}`, x] as const);
    await saveStep(
      this.#checkpoints,
      this.#step,
      {
        tensors: { ...trainedTensors(params, optimiser), ...Object.fromEntries(means) },
        json: { step: this.#step, recipe: this.#recipe, dataHash: this.#job.dataHash, firstLoss: this.#firstLoss },
      },
      { keep: this.#recipe.keep_checkpoints },
    );
  }

  #tell(message: string): void {
    this.#options.onProgress?.({ task: "train", unit: "step", done: this.#step, total: this.#recipe.steps, message });
  }
}
