import { join } from "node:path";
import type { OnProgress } from "@loam/core";
import { parseRecipe, type RecipeInput } from "./recipe/recipe.ts";
import type { RunPlan } from "./recipe/run-plan.ts";
import type { Places } from "./recipe/same-run.ts";
import type { RunRecorder } from "./records/recorder.ts";
import type { Reward } from "./reinforcement/reward.ts";
import type { Scorer } from "./steps/answers.ts";
import { prepareRun } from "./steps/prepare.ts";
import { Training } from "./training.ts";
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
  /** Judges answers of an objective that learns from rewards, instead of what its `reward` names. */
  reward?: Reward;
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
