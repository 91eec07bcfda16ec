import type { Recipe } from "../../trainer/recipe/recipe.ts";

/** Optimisers by the names of transformers. */
export const optimizerNames: Readonly<Record<Recipe["optimizer"]["name"], string>> = {
  adamw: "adamw_torch",
  adamw_8bit: "adamw_bnb_8bit",
  lion: "lion_32bit",
  adafactor: "adafactor",
  sgd: "sgd",
};

/** `lr_scheduler_kwargs` of transformers. */
export function scheduleOptions({ schedule: { cycles, min_ratio } }: Recipe): Record<string, number> {
  return {
    ...(cycles !== undefined && { num_cycles: cycles }),
    ...(min_ratio !== undefined && { min_lr_rate: min_ratio }),
  };
}

/** Whether the run ends with its best adapter. */
export const keepsBest = ({ keep_best, early_stopping_patience }: Recipe): boolean =>
  keep_best ?? early_stopping_patience !== undefined;

/** Evaluation and checkpoints: the best checkpoint can be found only where both happen. */
export function intervals(recipe: Recipe, hasEval: boolean): { evaluate?: number; save: number } {
  const { eval_every_steps: every, checkpoint_every_steps: save } = recipe;
  if (!hasEval || every === undefined) return { save };
  return { evaluate: every, save: keepsBest(recipe) ? every : save };
}

/** Options of transformers' TrainingArguments, but for those that depend on the number of processes. */
export function trainingArguments(recipe: Recipe, hasEval: boolean): Record<string, unknown> {
  const { optimizer, schedule } = recipe;
  const { evaluate, save } = intervals(recipe, hasEval);
  return {
    optim: optimizerNames[optimizer.name],
    learning_rate: optimizer.learning_rate,
    weight_decay: optimizer.weight_decay,
    ...(optimizer.betas && { adam_beta1: optimizer.betas[0], adam_beta2: optimizer.betas[1] }),
    ...(optimizer.eps !== undefined && { adam_epsilon: optimizer.eps }),
    lr_scheduler_type: schedule.name,
    lr_scheduler_kwargs: scheduleOptions(recipe),
    warmup_steps: schedule.warmup_steps,
    num_train_epochs: recipe.epochs,
    max_steps: recipe.max_steps ?? -1,
    per_device_train_batch_size: recipe.batch_size,
    per_device_eval_batch_size: recipe.batch_size,
    gradient_checkpointing: recipe.gradient_checkpointing,
    max_grad_norm: recipe.max_grad_norm ?? 0,
    label_smoothing_factor: recipe.label_smoothing,
    neftune_noise_alpha: recipe.neftune_alpha || null,
    // The loss is the sum over all supervised tokens of a step divided by their number, on all processes together.
    average_tokens_across_devices: true,
    eval_strategy: evaluate === undefined ? "no" : "steps",
    ...(evaluate !== undefined && { eval_steps: evaluate }),
    ...(evaluate !== undefined &&
      keepsBest(recipe) && {
        load_best_model_at_end: true,
        metric_for_best_model: "eval_loss",
        greater_is_better: false,
      }),
    save_strategy: "steps",
    save_steps: save,
    save_total_limit: recipe.keep_checkpoints,
    logging_steps: 1,
    report_to: "none",
    remove_unused_columns: false,
    seed: recipe.seed,
    bf16: recipe.precision === "bfloat16",
    fp16: recipe.precision === "float16",
  };
}

/** BitsAndBytesConfig, null where the base stays as it is. */
export function quantizationOf({ quantize, precision }: Recipe): Record<string, unknown> | null {
  const kind: string = quantize;
  if (kind === "none") return null;
  if (kind === "int8") return { load_in_8bit: true };
  return {
    load_in_4bit: true,
    bnb_4bit_quant_type: kind,
    bnb_4bit_use_double_quant: true,
    bnb_4bit_compute_dtype: precision,
  };
}
