import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CancelledError,
  InputError,
  type OnProgress,
  ProgressMeter,
  Rng,
  throwIfCancelled,
  UnavailableError,
} from "@loam/core";
import { type ScheduleName, schedule } from "@loam/graph";
import type { Batch } from "../data/pack.ts";
import { writing } from "../disk/disk-errors.ts";
import { type QuantizedAdapter, quantizedAdapter, writeQuantizedAdapter } from "../few-bits/quantized-adapter.ts";
import { writeAdapter } from "../files/adapter-files.ts";
import type { Keeper } from "../layers/method.ts";
import { mapTensors, toTensor, toValue, typesOf } from "../numbers/tensor-value.ts";
import { adaptedGenerator } from "../running/adapted-generator.ts";
import { BatchPlan } from "./batch-plan.ts";
import { promptText } from "./example-segments.ts";
import { WorkerPool } from "./parallel/worker-pool.ts";
import { hasReference, parseRecipe, type Recipe, type RecipeInput } from "./recipe/recipe.ts";
import { planOf, type RunPlan } from "./recipe/run-plan.ts";
import { type Places, placeless, runDifferences } from "./recipe/same-run.ts";
import { MetricsFile } from "./records/metrics-file.ts";
import { modelCard } from "./records/model-card.ts";
import { type RunRecorder, recordAll } from "./records/recorder.ts";
import { TensorBoardWriter } from "./records/tensorboard.ts";
import { writeChatForm } from "./saving/chat-form.ts";
import { latestCheckpoint, saveCheckpoint, type TrainingState } from "./saving/checkpoints.ts";
import { type Scorer, scoreAnswers } from "./steps/answers.ts";
import { compileEvaluator } from "./steps/evaluate.ts";
import { groupsOf, optimiserOf, type PreparedRun, prepareRun } from "./steps/prepare.ts";
import { compileTokenScorer, type TokenScorer } from "./steps/score-tokens.ts";
import { lossOptionsOf } from "./steps/train-loss.ts";
import { compileTrainStep, supervisedOf, type TrainStep } from "./steps/train-step.ts";
import { loadTrainingData, type TrainingData } from "./training-data.ts";

export interface TuneOptions {
  /** Folders that may lie elsewhere when the run goes on, each with a name for checkpoints. */
  places?: Places;
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Hears of parameters, metrics, samples and artifacts; TensorBoard files and `metrics.jsonl` are written anyway. */
  recorder?: RunRecorder;
  /** Hears what the run is going to do, before its first step. */
  onPlan?: (plan: RunPlan) => void;
  /** Scores of generated answers in `eval_generate`, by the name of their metric: `{ rougeL: (answer, reference) => … }`. */
  scorers?: Readonly<Record<string, Scorer>>;
  /** "never" starts over even where the output folder holds checkpoints. */
  resume?: "auto" | "never";
}

export interface TuneResult {
  /** The adapter folder. */
  output: string;
  steps: number;
  /** Nats a token. `evalOnStart` is there where the recipe asks for it. */
  losses: { first: number; last: number; eval?: number; evalOnStart?: number };
  /** Of the answers that the adapter kept gave in `eval_generate`, by the names of the scorers. */
  scores: Record<string, number>;
  trainableParameters: number;
  data: TrainingData["report"];
  /** The step that the run went on from; 0 when it began anew. */
  resumedFrom: number;
  /** The step whose adapter was kept, where that with the lowest evaluation loss was asked for. */
  bestStep?: number;
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
  const data = await loadTrainingData(run.model, recipe, { folder: join(recipe.output, "rows"), signal, onProgress });
  const training = new Training(recipe, run, data, options);
  const recorder = training.recorder;
  try {
    await training.restore();
    options.onPlan?.(training.plan());
    await recorder.start({ name: recipe.output, params: recipe });
    try {
      await training.runAll();
      const result = await training.finish();
      await recorder.finish({ status: "finished" });
      return result;
    } catch (error) {
      const status = signal?.aborted ? "cancelled" : "failed";
      // What went wrong first is what is told, also where a full disk keeps it from being written down.
      await Promise.resolve(recorder.finish({ status, error: (error as Error).message })).catch(() => {});
      throw error;
    }
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
  /** How the adapter is kept between steps where that is not in float32. */
  readonly #stored: QuantizedAdapter | undefined;
  #state: TrainingState;
  #keeper: Keeper<PreparedRun["config"]> | undefined;
  #step: TrainStep | undefined;
  /** Where the recipe asks for the share of tokens that are ranked first. */
  #scorer: TokenScorer | undefined;
  #pool: WorkerPool | undefined;
  #resumedFrom = 0;
  /** Whether an evaluation comes first: the one on start, or one that a stopped run did not get to after its last step. */
  #owesEvaluation = false;

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
    const { quantize_adapter } = recipe;
    this.#stored =
      quantize_adapter === "none" ? undefined : quantizedAdapter(quantize_adapter, this.#trained(run.initial));
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
        hint: "choose another `output`, or begin anew with `--fresh`",
      });
    }
    const recipe = this.#placeless(this.#recipe);
    const differences = saved?.recipe ? runDifferences(this.#placeless(saved.recipe), recipe) : [];
    if (differences.length > 0) {
      throw new InputError(
        "other_run",
        `${this.#checkpoints} belongs to a run with another recipe (${differences.join(", ")}).`,
        { details: { differences }, hint: "choose another `output`, or begin anew with `--fresh`" },
      );
    }
    const step = saved?.step ?? 0;
    // The last step is evaluated each time that the run is brought to its end.
    await this.#metrics.forget(
      (line) => !saved || line.step > step || (line.step >= this.#steps && line["train/loss"] === undefined),
    );
    if (!saved) {
      this.#owesEvaluation = this.#recipe.eval_on_start && this.#data.eval.length > 0;
      return;
    }
    this.#state = { ...saved, recipe };
    this.#resumedFrom = saved.step;
    const { eval_every_steps = Number.POSITIVE_INFINITY } = this.#recipe;
    this.#owesEvaluation =
      this.#data.eval.length > 0 &&
      saved.step % eval_every_steps === 0 &&
      saved.step < this.#steps &&
      !(await this.#metrics.read()).some((line) => line.step === saved.step && line["eval/loss"] !== undefined);
    this.#keeper = method.keeper?.(base, saved.config, { totalSteps: this.#steps, saved: saved.keeper });
  }

  plan(): RunPlan {
    return planOf(this.#run, this.#data, {
      steps: this.#steps,
      batches: this.#plan,
      resumedFrom: this.#resumedFrom,
    });
  }

  /** Trains to the end; stopped by its signal, also in the middle of a step, it leaves a checkpoint of the last whole one. */
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
      warmupSteps: how.warmup_ratio === undefined ? how.warmup_steps : Math.ceil(how.warmup_ratio * this.#steps),
      ...(how.cycles !== undefined && { cycles: how.cycles }),
      ...(how.min_ratio !== undefined && { minRatio: how.min_ratio }),
      totalSteps: this.#steps,
    });
    const meter = new ProgressMeter(this.#options.onProgress, {
      task: "train",
      unit: "step",
      total: this.#steps,
      done: this.#state.step,
    });
    const save = () => saveCheckpoint(this.#checkpoints, this.#state, { keep: keep_checkpoints });
    const isDue = (every: number | undefined) =>
      every !== undefined && this.#state.step % every === 0 && this.#state.step < this.#steps;
    const steps = async () => {
      if (this.#owesEvaluation) await this.#evaluate();
      while (this.#state.step < this.#steps) {
        const loss = await this.#trainStep(rate(this.#state.step));
        meter.advance(1, `loss ${loss.toFixed(4)}`);
        if (isDue(eval_every_steps)) await this.#evaluate();
        if (isDue(checkpoint_every_steps)) await save();
        if (early_stopping_patience && this.#state.evaluationsSinceBest >= early_stopping_patience) {
          this.#tell(`stopped early: no lower evaluation loss since step ${this.#state.best?.step}`);
          break;
        }
      }
    };
    await steps().catch(async (error) => {
      const isWhole = this.#options.signal?.aborted || isWorkerLoss(error);
      if (isWhole && this.#state.step > 0) await save();
      throw error;
    });
    await save();
  }

  /** Evaluates, and writes the adapter with its card. */
  async finish(): Promise<TuneResult> {
    const { base, method } = this.#run;
    const { output } = this.#recipe;
    let evalLoss = await this.#evaluate();
    const steps = this.#state.step;
    const best = await this.#bestState();
    if (best) {
      this.#tell(`the adapter is that of step ${best.step}, with the lowest evaluation loss`);
      evalLoss = best.best!.loss;
    }
    const { config, params } = best ?? this.#state;
    const tensors = mapTensors(this.#floats(params), toTensor);
    const file = (await method.toFile?.(base, config, tensors)) ?? { config, tensors };
    await writing(output, { what: "the adapter" }, async () => {
      await writeAdapter(output, method, file, { dtype: this.#recipe.save_dtype });
      if (this.#stored)
        await writeQuantizedAdapter(output, this.#stored, this.#trained(params), this.#trained(this.#run.initial));
      await writeChatForm(output, this.#run.model, this.#recipe);
    });
    const all = await this.#metrics.read();
    const lines = all.filter((line) => line["train/loss"] !== undefined);
    const scores = scoresAt(best?.step ?? steps, all);
    const evalOnStart = all.find((line) => line.step === 0)?.["eval/loss"];
    const losses = {
      first: lines[0]?.["train/loss"] ?? Number.NaN,
      last: lines.at(-1)?.["train/loss"] ?? Number.NaN,
      ...(evalLoss !== undefined && { eval: evalLoss }),
      ...(evalOnStart !== undefined && { evalOnStart }),
    };
    const trainableParameters = countTrainable(this.#run);
    const card = modelCard({ recipe: this.#recipe, data: this.#data, trainableParameters, steps, losses, scores });
    await writing(output, { what: "the model card" }, () => writeFile(join(output, "README.md"), card));
    await this.recorder.artifact(output);
    const { report } = this.#data;
    const bestStep = best?.step;
    await this.#data.close();
    await rm(join(output, "rows"), { recursive: true, force: true });
    return {
      output,
      steps,
      losses,
      scores,
      trainableParameters,
      data: report,
      resumedFrom: this.#resumedFrom,
      ...(bestStep !== undefined && { bestStep }),
    };
  }

  async close(): Promise<void> {
    const step = this.#closeStep();
    // A cancelled run ends at once; ONNX Runtime cannot be stopped within a step and finishes it unheard.
    if (!this.#options.signal?.aborted) await step;
    await this.#pool?.close();
    await this.#data.close();
  }

  async #closeStep(): Promise<void> {
    const [step, scorer] = [this.#step, this.#scorer];
    this.#step = undefined;
    this.#scorer = undefined;
    await step?.close();
    await scorer?.close();
  }

  async #trainStep(learningRate: number): Promise<number> {
    const { seed } = this.#recipe;
    const { step, params } = this.#state;
    throwIfCancelled(this.#options.signal, "Training");
    const batches = await this.#plan.batches(step);
    this.#step ??= await this.#compile();
    const started = performance.now();
    const keys = batches.map((_, micro) =>
      new Rng((seed * 1_000_003 + step * 1_009 + micro) % 2 ** 52).integer(2 ** 31 - 1),
    );
    const accuracy = this.#recipe.token_accuracy ? (await this.#scoreTokens(batches)).accuracy : undefined;
    const running = this.#step.run(
      { params, state: this.#state.optimiser, batches, learningRate, keys },
      { signal: this.#options.signal, what: `step ${step + 1}` },
    );
    const result = await orCancelled(running, this.#options.signal, `Training (step ${step + 1})`);
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
      ...(accuracy !== undefined && { "train/token_accuracy": accuracy }),
      ...((accuracy !== undefined || this.#recipe.objective.type !== "sft") && { "train/tokens": supervised }),
      "train/learning_rate": learningRate,
      "train/grad_norm": result.gradNorm,
      ...toldAs("train", result.told),
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
    await this.#closeStep();
  }

  /** The loss on the evaluation split, with samples; undefined without a split. */
  async #evaluate(): Promise<number | undefined> {
    const { base, method, model } = this.#run;
    const { device, threads, sample_prompts, sample_tokens, eval_generate, data } = this.#recipe;
    const { signal } = this.#options;
    const { config, step } = this.#state;
    const params = this.#floats(this.#state.params);
    let loss: number | undefined;
    if (this.#data.eval.length > 0) {
      const evaluator = await compileEvaluator(base, method, config, shapesOf(params), {
        ...{ device, threads, objective: this.#recipe.objective, reference: this.#reference },
      });
      let told: Record<string, number>;
      try {
        ({ loss, told } = await evaluator.evaluate(params, this.#evaluationBatches(), { signal }));
      } finally {
        await evaluator.close();
      }
      const scored = this.#recipe.token_accuracy ? await this.#scoreTokens(this.#evaluationBatches()) : undefined;
      await this.recorder.metrics(step, {
        "eval/loss": loss,
        ...toldAs("eval", told),
        ...(scored && { "eval/token_accuracy": scored.accuracy }),
      });
      await this.#noteBest(loss);
    }
    const answered = Math.min(eval_generate, this.#data.eval.length);
    if (sample_prompts.length === 0 && answered === 0) return loss;
    const generator = await adaptedGenerator(base, method, config, mapTensors(params, toTensor), { device, threads });
    try {
      const texts = sample_prompts.map((prompt) => promptText(model, prompt, data.template));
      const options = { maxNewTokens: sample_tokens, signal };
      if (texts.length > 0)
        for (const [i, { text }] of (await generator.generate(texts, options)).entries())
          await this.recorder.text(step, `sample/${i}`, `${sample_prompts[i]}\n\n${text}`);
      if (answered === 0) return loss;
      const { answers, scores } = await scoreAnswers(generator, this.#data.eval, {
        ...options,
        rows: answered,
        scorers: this.#options.scorers ?? {},
      });
      for (const [i, { prompt, answer, reference }] of answers.entries())
        await this.recorder.text(step, `eval/${i}`, `${prompt}\n\n${answer}\n\n— ${reference}`);
      const named = Object.entries(scores).map(([name, score]) => [`eval/${name}`, score]);
      if (named.length > 0) await this.recorder.metrics(step, Object.fromEntries(named));
    } finally {
      await generator.close();
    }
    return loss;
  }

  /** How well the adapter as it is foresees the tokens of batches, without dropout or noise. */
  async #scoreTokens(batches: Iterable<Batch> | AsyncIterable<Batch>) {
    const { base, method } = this.#run;
    const { device, threads, data } = this.#recipe;
    const params = this.#floats(this.#state.params);
    this.#scorer ??= await compileTokenScorer(base, method, this.#state.config, shapesOf(params), {
      ...{ packed: data.packing !== false, device, threads },
    });
    return await this.#scorer.score(params, batches, { signal: this.#options.signal });
  }

  async *#evaluationBatches(): AsyncGenerator<Batch> {
    const rows = this.#data.eval;
    for (let i = 0; i < rows.length; i += this.#recipe.batch_size) {
      const rest = rows.length - i;
      // A judged answer alone has no other to be compared with: the last one goes with those before it.
      const isLast = rest === this.#recipe.batch_size + 1 && rows.isJudged;
      const length = isLast ? rest : Math.min(this.#recipe.batch_size, rest);
      const examples = await Promise.all(Array.from({ length }, (_, k) => rows.read(i + k)));
      if (isLast) i++;
      yield rows.collate(examples, { padId: this.#run.model.padTokenId });
    }
  }

  async #noteBest(loss: number): Promise<void> {
    const { best, evaluationsSinceBest, step } = this.#state;
    if (best?.step === step) return;
    if (loss < (best?.loss ?? Number.POSITIVE_INFINITY)) {
      this.#state = { ...this.#state, best: { loss, step }, evaluationsSinceBest: 0 };
      if (this.#keepsBest) await saveCheckpoint(this.#bestFolder, this.#state, { keep: 1 });
    } else this.#state = { ...this.#state, evaluationsSinceBest: evaluationsSinceBest + 1 };
  }

  get #keepsBest(): boolean {
    const { keep_best, early_stopping_patience } = this.#recipe;
    return keep_best ?? early_stopping_patience !== undefined;
  }

  get #bestFolder(): string {
    return join(this.#checkpoints, "best");
  }

  /** The state with the lowest evaluation loss where it is another than the last. */
  async #bestState(): Promise<TrainingState | undefined> {
    const { best, step } = this.#state;
    if (!this.#keepsBest || best === undefined || best.step === step) return undefined;
    const saved = await latestCheckpoint(this.#bestFolder, {
      onBad: (path, reason) => this.#tell(`${path} is left out: ${reason}`),
    });
    return saved?.step === best.step ? saved : undefined;
  }

  async #compile(): Promise<TrainStep> {
    const { base, method } = this.#run;
    const { onProgress, signal } = this.#options;
    const { workers } = this.#recipe;
    const { quantize_adapter } = this.#recipe;
    const shapes = this.#stored ? this.#run.initial : shapesOf(this.#state.params);
    const adapterBytes = Object.values(shapes).reduce(
      (sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1),
      0,
    );
    if (workers > 1) this.#pool ??= await WorkerPool.open(this.#recipe, { adapterBytes, onProgress, signal });
    const isFrozen = (key: string) => method.isFrozen?.(key) ?? false;
    const gradients = await this.#pool?.compile(this.#state.config, shapes, isFrozen);
    const { max_grad_norm, gradient_accumulation, data, device, threads } = this.#recipe;
    return compileTrainStep(base, method, this.#state.config, shapes, {
      optimiser: optimiserOf(this.#recipe),
      groupOf: groupsOf(this.#recipe, Object.keys(shapes)),
      ...(quantize_adapter !== "none" && { quantizeAdapter: quantize_adapter }),
      gradients,
      maxGradNorm: max_grad_norm,
      ...lossOptionsOf(this.#recipe),
      reference: this.#reference,
      batches: gradient_accumulation > 1 ? "accumulated" : "single",
      packed: data.packing !== false,
      device,
      threads,
    });
  }

  /** What preferences are measured against where that is not the base: the adapter that training goes on from. */
  get #reference(): TrainingState["params"] | undefined {
    const { objective, adapter } = this.#recipe;
    return !hasReference(objective) || adapter === undefined ? undefined : mapTensors(this.#run.initial, toValue);
  }

  #fresh(params: TrainingState["params"]): TrainingState {
    return {
      step: 0,
      config: this.#run.config,
      params: this.#stored ? { ...this.#frozen(params), ...this.#stored.quantize(params) } : params,
      optimiser: this.#freshOptimiser(params),
      keeper: {},
      tokens: 0,
      evaluationsSinceBest: 0,
      dataHash: this.#data.hash,
      recipe: this.#placeless(this.#recipe),
    };
  }

  /** A recipe as checkpoints hold it. */
  #placeless<T>(recipe: T): T {
    return placeless(recipe, this.#options.places ?? {});
  }

  /** The adapter in float32. */
  #floats(params: TrainingState["params"]): TrainingState["params"] {
    return this.#stored ? { ...this.#frozen(params), ...this.#stored.dequantize(params) } : params;
  }

  #frozen<T>(tensors: Readonly<Record<string, T>>): Record<string, T> {
    const { isFrozen = () => false } = this.#run.method;
    return Object.fromEntries(Object.entries(tensors).filter(([key]) => isFrozen(key)));
  }

  #trained<T>(tensors: Readonly<Record<string, T>>): Record<string, T> {
    const { isFrozen = () => false } = this.#run.method;
    return Object.fromEntries(Object.entries(tensors).filter(([key]) => !isFrozen(key)));
  }

  #freshOptimiser(params: TrainingState["params"]): TrainingState["optimiser"] {
    const { isFrozen = () => false } = this.#run.method;
    const trained = Object.entries(params).filter(([key]) => !isFrozen(key));
    return optimiserOf(this.#recipe).initialState(typesOf(shapesOf(Object.fromEntries(trained))));
  }

  #notFinite(loss: number, gradNorm: number): InputError {
    const { step } = this.#state;
    const sources = this.#plan.rowsOf(step).flatMap((row) => this.#data.train.sourcesOf(row));
    const rows = sources.map(({ file, line }) => `${file}:${line}`);
    const more = rows.length > 8 ? ` and ${rows.length - 8} more` : "";
    return new InputError(
      "loss_not_finite",
      `Step ${step + 1} gave loss ${loss} and gradient norm ${gradNorm} on rows ${rows.slice(0, 8).join(", ")}${more}.`,
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

/** Ends in the midst of the work when the signal fires; the work goes on unheard. */
async function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined, what: string): Promise<T> {
  if (!signal) return work;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new CancelledError(what, { cause: signal.reason }));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort!);
  }
}

/** The scores of answers among a step's metrics. */
function scoresAt(step: number, lines: Awaited<ReturnType<MetricsFile["read"]>>): Record<string, number> {
  const metrics = Object.assign({}, ...lines.filter((line) => line.step === step)) as Record<string, number>;
  const scores = Object.entries(metrics).filter(
    ([name]) => name.startsWith("eval/") && name !== "eval/loss" && !name.startsWith("eval/reward_"),
  );
  return Object.fromEntries(scores.map(([name, score]) => [name.slice("eval/".length), score]));
}

/** Numbers beside the loss, as metrics are named: `train/reward_margin`. */
function toldAs(part: "train" | "eval", told: Readonly<Record<string, number>> = {}): Record<string, number> {
  return Object.fromEntries(
    Object.entries(told).map(([name, of]) => [`${part}/${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`, of]),
  );
}

const isWorkerLoss = (error: unknown): boolean =>
  error instanceof UnavailableError && error.details.worker !== undefined;

const shapesOf = (params: TrainingState["params"]): Record<string, { shape: readonly number[] }> =>
  mapTensors(params, ({ dims }) => ({ shape: dims }));

/** Numbers that a fresh adapter trains. */
export function countTrainable({ method, initial }: PreparedRun): number {
  return Object.entries(initial)
    .filter(([key]) => !method.isFrozen?.(key))
    .reduce((sum, [, { data }]) => sum + data.length, 0);
}
