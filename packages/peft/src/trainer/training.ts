import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CancelledError, InputError, ProgressMeter, Rng, throwIfCancelled, UnavailableError } from "@loam/core";
import { type ScheduleName, schedule } from "@loam/graph";
import { writing } from "../disk/disk-errors.ts";
import { writeAdapter } from "../files/adapter-files.ts";
import type { Keeper } from "../layers/method.ts";
import { mapTensors, toTensor, toValue } from "../numbers/tensor-value.ts";
import { BatchPlan } from "./batch-plan.ts";
import { Evaluation } from "./evaluation.ts";
import { hasReference, type Recipe } from "./recipe/recipe.ts";
import { planOf, type RunPlan } from "./recipe/run-plan.ts";
import { placeless, runDifferences } from "./recipe/same-run.ts";
import { scoresAt, toldAs } from "./records/metric-names.ts";
import { MetricsFile } from "./records/metrics-file.ts";
import { modelCard } from "./records/model-card.ts";
import { type RunRecorder, recordAll } from "./records/recorder.ts";
import { TensorBoardWriter } from "./records/tensorboard.ts";
import { rewardOf } from "./reinforcement/reward.ts";
import { Rollouts } from "./reinforcement/rollouts.ts";
import { BestState } from "./saving/best-state.ts";
import { writeChatForm } from "./saving/chat-form.ts";
import { latestCheckpoint, saveCheckpoint, type TrainingState } from "./saving/checkpoints.ts";
import { StepCompiler } from "./step-compiler.ts";
import { AdapterForm } from "./steps/adapter-form.ts";
import type { PreparedRun } from "./steps/prepare.ts";
import { supervisedOf, type TrainStep } from "./steps/train-step.ts";
import type { TrainingData } from "./training-data.ts";
import type { TuneOptions, TuneResult } from "./tune.ts";

/** The steps of a recipe. */
export function totalSteps(recipe: Recipe, plan: BatchPlan): number {
  return recipe.max_steps ?? Math.max(1, Math.ceil(plan.stepsPerEpoch * recipe.epochs));
}

/** One training run, between steps. */
export class Training {
  readonly recorder: Required<RunRecorder>;
  readonly #recipe: Recipe;
  readonly #run: PreparedRun;
  readonly #data: TrainingData;
  readonly #options: TuneOptions;
  readonly #plan: BatchPlan;
  readonly #steps: number;
  readonly #metrics: MetricsFile;
  readonly #checkpoints: string;
  readonly #form: AdapterForm;
  readonly #compiler: StepCompiler;
  readonly #evaluation: Evaluation;
  /** Where rewards are learned from. */
  readonly #rollouts: Rollouts | undefined;
  readonly #best: BestState;
  #state: TrainingState;
  #keeper: Keeper<PreparedRun["config"]> | undefined;
  #step: TrainStep | undefined;
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
    this.#form = new AdapterForm(recipe, run);
    const { signal, onProgress, scorers } = options;
    const form = this.#form;
    if (recipe.objective.type === "grpo")
      this.#rollouts = new Rollouts({ recipe, run, form, reward: options.reward ?? rewardOf(recipe, scorers), signal });
    const parts = { recipe, run, data, form, reference: referenceOf(recipe, run), rollouts: this.#rollouts, signal };
    this.#compiler = new StepCompiler({ ...parts, onProgress });
    this.#evaluation = new Evaluation({ ...parts, recorder: this.recorder, scorers });
    this.#best = new BestState(this.#checkpoints, recipe, { onBad: this.#leftOut });
    this.#state = this.#fresh(mapTensors(run.initial, toValue));
    this.#keeper = run.method.keeper?.(run.base, run.config, { totalSteps: this.#steps });
  }

  /** Goes back to the last good checkpoint, if there is one. @throws {InputError} `other_run` when it is of another recipe or other data. */
  async restore(): Promise<void> {
    const { method, base } = this.#run;
    if (this.#options.resume === "never") await rm(this.#checkpoints, { recursive: true, force: true });
    const saved = await latestCheckpoint(this.#checkpoints, {
      onBad: this.#leftOut,
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
      !(await this.#metrics.read()).some(
        (line) => line.step === saved.step && (line["eval/loss"] ?? line["eval/reward"]) !== undefined,
      );
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
    const best = await this.#best.read(this.#state);
    if (best) {
      this.#tell(`the adapter is that of step ${best.step}, with the lowest evaluation loss`);
      evalLoss = best.best!.loss;
    }
    const { config, params } = best ?? this.#state;
    const tensors = mapTensors(this.#form.floats(params), toTensor);
    const file = (await method.toFile?.(base, config, tensors)) ?? { config, tensors };
    await writing(output, { what: "the adapter" }, async () => {
      await writeAdapter(output, method, file, { dtype: this.#recipe.save_dtype });
      await this.#form.write(output, params);
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
    await this.#compiler.close();
    await this.#rollouts?.close();
    await this.#data.close();
  }

  async #closeStep(): Promise<void> {
    const step = this.#step;
    this.#step = undefined;
    await step?.close();
    await this.#evaluation.close();
  }

  async #trainStep(learningRate: number): Promise<number> {
    const { seed } = this.#recipe;
    const { step, params } = this.#state;
    throwIfCancelled(this.#options.signal, "Training");
    const rollout = await this.#rollouts?.of(this.#data.train, this.#plan.rowsOf(step), this.#state);
    const batches = rollout?.batches ?? (await this.#plan.batches(step));
    this.#step ??= await this.#compiler.compile(this.#state);
    const started = performance.now();
    const keys = batches.map((_, micro) =>
      new Rng((seed * 1_000_003 + step * 1_009 + micro) % 2 ** 52).integer(2 ** 31 - 1),
    );
    const accuracy = this.#recipe.token_accuracy
      ? (await this.#evaluation.scoreTokens(this.#state, batches)).accuracy
      : undefined;
    const update = async (from: { params: TrainingState["params"]; state: TrainingState["optimiser"] }) => {
      const running = this.#step!.run(
        { ...from, batches, learningRate, keys },
        { signal: this.#options.signal, what: `step ${step + 1}` },
      );
      return await orCancelled(running, this.#options.signal, `Training (step ${step + 1})`);
    };
    let result = await update({ params, state: this.#state.optimiser });
    const { objective } = this.#recipe;
    for (let again = 1; objective.type === "grpo" && again < objective.iterations; again++)
      result = await update(result);
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradNorm))
      throw lossNotFinite(result, { step, rows: this.#rowsOf(step), checkpoints: this.#checkpoints });
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
      ...toldAs("train", { ...rollout?.told, ...result.told }),
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
    this.#state = { ...this.#state, params: values, optimiser: this.#form.freshOptimiser(values) };
    await this.#closeStep();
  }

  /** The loss on the evaluation split, with samples; undefined without a split. */
  async #evaluate(): Promise<number | undefined> {
    const loss = await this.#evaluation.loss(this.#state);
    if (loss !== undefined) this.#state = await this.#best.note(this.#state, loss);
    await this.#evaluation.samples(this.#state);
    return loss;
  }

  #fresh(params: TrainingState["params"]): TrainingState {
    return {
      step: 0,
      config: this.#run.config,
      params: this.#form.kept(params),
      optimiser: this.#form.freshOptimiser(params),
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

  /** The rows of a step, by file and line. */
  #rowsOf(step: number): string[] {
    const sources = this.#plan.rowsOf(step).flatMap((row) => this.#data.train.sourcesOf(row));
    return sources.map(({ file, line }) => `${file}:${line}`);
  }

  readonly #leftOut = (path: string, reason: string): void => this.#tell(`${path} is left out: ${reason}`);

  #tell(message: string): void {
    this.#options.onProgress?.({ task: "train", unit: "step", done: this.#state.step, total: this.#steps, message });
  }
}

/** What preferences are measured against where that is not the base: the adapter that training goes on from. */
function referenceOf({ objective, adapter }: Recipe, { initial }: PreparedRun): TrainingState["params"] | undefined {
  return !hasReference(objective) || adapter === undefined ? undefined : mapTensors(initial, toValue);
}

function lossNotFinite(
  { loss, gradNorm }: { loss: number; gradNorm: number },
  { step, rows, checkpoints }: { step: number; rows: readonly string[]; checkpoints: string },
): InputError {
  const more = rows.length > 8 ? ` and ${rows.length - 8} more` : "";
  return new InputError(
    "loss_not_finite",
    `Step ${step + 1} gave loss ${loss} and gradient norm ${gradNorm} on rows ${rows.slice(0, 8).join(", ")}${more}.`,
    {
      details: { step: step + 1, rows, loss, gradNorm },
      hint: `the last good state stays in ${checkpoints}; lower \`optimizer.learning_rate\`, or set \`max_grad_norm: 1\``,
    },
  );
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

const isWorkerLoss = (error: unknown): boolean =>
  error instanceof UnavailableError && error.details.worker !== undefined;

/** Numbers that a fresh adapter trains. */
export function countTrainable({ method, initial }: PreparedRun): number {
  return Object.entries(initial)
    .filter(([key]) => !method.isFrozen?.(key))
    .reduce((sum, [, { data }]) => sum + data.length, 0);
}
