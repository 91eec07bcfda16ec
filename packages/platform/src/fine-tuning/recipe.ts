import type { RecipeInput } from "@loam/peft";
import type { JobParts } from "./job-places.ts";
import type { FineTuningJobBody, Hyperparameters, ReinforcementFields } from "./types.ts";

/**
 * The peak rate of LoRA at a multiplier of 1: 5e-4·(2000 / hidden size)^0.781, which was fitted to many models (Schulman et
 * al. 2025, "LoRA Without Regret"), and no more than 5e-3. Of a base whose size is not told, that of a width of 2000.
 */
export function baseLearningRate(hiddenSize: number | undefined): number {
  return Math.min(5e-3, 5e-4 * (2000 / (hiddenSize ?? 2000)) ** 0.781);
}

/** What OpenAI's jobs take for `auto`, and how much slower preferences and scores are learned than answers (as TRL has them). */
const defaultBeta = 0.1;
const preferenceRate = 0.1;

export const betaOf = ({ beta }: Pick<FineTuningJobBody, "beta">): number =>
  typeof beta === "number" ? beta : defaultBeta;

/** Answers to a row where nothing else is said, and the fewest and most that may be. */
const [usualAnswers, fewestAnswers, mostAnswers] = [8, 2, 64];

/** What `auto` comes to for a job that learns from scores: eight answers to a row, an evaluation once a pass, with one answer. */
export function resolveReinforcement(
  { compute_multiplier, eval_interval, eval_samples, ...rest }: ReinforcementFields,
  stepsPerEpoch: number,
): ReinforcementFields & { compute_multiplier: number; eval_interval: number; eval_samples: number } {
  return {
    ...rest,
    compute_multiplier: compute_multiplier === "auto" ? 1 : compute_multiplier,
    eval_interval: eval_interval === "auto" ? stepsPerEpoch : eval_interval,
    eval_samples: eval_samples === "auto" ? 1 : eval_samples,
  };
}

/** The objective of a job that learns from scores, over which the client's own fields of one go. */
function reinforcementObjective(fields: ReturnType<typeof resolveReinforcement>, own: object | undefined) {
  const answers = Math.round(usualAnswers * fields.compute_multiplier);
  return {
    type: "grpo" as const,
    group_size: Math.max(fewestAnswers, Math.min(mostAnswers, answers)),
    max_new_tokens: 128,
    eval_answers: Math.min(mostAnswers, fields.eval_samples),
    ...own,
  };
}

/** Rows that a job reads in all where it may choose: enough passes for few rows, one for many. */
const rowsInAll = 1000;

/**
 * What `auto` comes to for a number of rows: passes so that a thousand rows are read in all, from 1 to 10; a fiftieth of
 * the rows at once, from 1 to 8; and the base rate as it is.
 */
export function resolveHyperparameters(
  { n_epochs, batch_size, learning_rate_multiplier }: Hyperparameters,
  rows: number,
): { [Name in keyof Hyperparameters]: number } {
  const clamp = (value: number, most: number) => Math.max(1, Math.min(most, Math.round(value)));
  return {
    n_epochs: n_epochs === "auto" ? clamp(rowsInAll / rows, 10) : n_epochs,
    batch_size: batch_size === "auto" ? clamp(rows / 50, 8) : Math.min(batch_size, rows),
    learning_rate_multiplier: learning_rate_multiplier === "auto" ? 1 : learning_rate_multiplier,
  };
}

/** The recipe of a job, over which the client's own fields go. */
export function jobRecipe(
  { hyperparameters, method, beta, recipe, seed, reinforcement }: FineTuningJobBody,
  {
    parts: { base, adapter },
    rows,
    hiddenSize,
    training,
    validation,
    output,
  }: {
    parts: Pick<JobParts, "base" | "adapter">;
    rows: number;
    hiddenSize?: number;
    training: string;
    validation?: string;
    output: string;
  },
): RecipeInput {
  const { n_epochs, batch_size, learning_rate_multiplier } = resolveHyperparameters(hyperparameters, rows);
  const { data, optimizer, schedule, objective, ...rest } = recipe as Partial<RecipeInput>;
  const stepsPerEpoch = Math.max(1, Math.ceil(rows / batch_size));
  const fields = reinforcement && resolveReinforcement(reinforcement, stepsPerEpoch);
  const isSlow = method === "dpo" || method === "reinforcement";
  return {
    model: base,
    ...(adapter ? { adapter } : {}),
    method: { peft_type: "LORA", r: 8, lora_alpha: 16, target_modules: "all-linear" },
    gradient_accumulation: 1,
    max_grad_norm: 1,
    eval_every_steps: validation ? (fields?.eval_interval ?? stepsPerEpoch) : undefined,
    checkpoint_every_steps: Math.max(1, Math.min(stepsPerEpoch, 50)),
    ...rest,
    ...(objective && { objective }),
    epochs: n_epochs,
    batch_size,
    seed,
    ...(method === "dpo" && { objective: { type: "dpo", beta: betaOf({ beta }) } }),
    ...(fields && { objective: reinforcementObjective(fields, objective) }),
    ...(!isSlow && { token_accuracy: true }),
    optimizer: {
      learning_rate: baseLearningRate(hiddenSize) * learning_rate_multiplier * (isSlow ? preferenceRate : 1),
      ...optimizer,
    },
    schedule: { name: "linear", warmup_ratio: 0.05, ...schedule },
    data: {
      max_tokens: 2048,
      ...data,
      ...{ path: training, format: "openai", template: "chat", on_bad_row: "error" },
      ...(validation ? { eval_path: validation } : {}),
    },
    output,
  };
}

/** `local:BASE+ADAPTER` in its two parts. */
export function splitTarget(target: string): [base: string, adapter: string | undefined] {
  const name = target.replace(/^local:/, "");
  const at = name.lastIndexOf("+/");
  return at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
}
