import type { Recipe } from "../../trainer/recipe/recipe.ts";
import type { ProjectTarget } from "./targets.ts";

/** Every field of a recipe by its path, so that a new one has to be decided on here. */
export type RecipeField =
  | Exclude<keyof Recipe, "data" | "optimizer" | "schedule">
  | `data.${keyof Recipe["data"]}`
  | `optimizer.${keyof Recipe["optimizer"]}`
  | `schedule.${keyof Recipe["schedule"]}`;

/** What became of a field: under which name it is set, or why it is not. */
export interface Fate {
  outcome: "kept" | "changed" | "dropped";
  how: string;
}

const kept = (how: string): Fate => ({ outcome: "kept", how });
const changed = (how: string): Fate => ({ outcome: "changed", how });
const dropped = (how: string): Fate => ({ outcome: "dropped", how });

const inRows = kept("applied while the rows were written");
const decidedThere = dropped("the engine decides where and how it runs");

/** transformers' own names; the three launchers share train.py. */
const inScript: Record<RecipeField, Fate> = {
  model: kept("`model` in run.json"),
  quantize: kept("`quantization` in run.json, the BitsAndBytesConfig of train.py; its int8 computes outliers apart"),
  quantize_adapter: dropped("no engine keeps the adapter in few bits; it trains in float32"),
  method: kept("`peft` in run.json, the config class of PEFT with the same options"),
  freeze: kept("`requires_grad` in train.py"),
  adapter: kept("copied to `start/`, which training goes on from"),
  objective: kept("answers are learned by heart; preferences are refused"),
  "data.path": inRows,
  "data.split": inRows,
  "data.revision": inRows,
  "data.format": inRows,
  "data.template": inRows,
  "data.max_tokens": kept("`max_tokens` in run.json: rows are cut there"),
  "data.packing": changed(
    "rows are padded instead of packed, shared beginnings are read again: the same loss, more tokens",
  ),
  "data.eval_share": kept("the same rows are in data/eval.jsonl"),
  "data.eval_path": dropped("only the rows of `data.path` are written; write its rows to data/eval.jsonl by hand"),
  "data.dedup": inRows,
  "data.limit": inRows,
  "data.on_bad_row": inRows,
  "data.memory_mb": dropped("rows are read into memory"),
  "optimizer.name": kept("`optim`"),
  "optimizer.learning_rate": kept("`learning_rate`"),
  "optimizer.weight_decay": kept("`weight_decay`"),
  "optimizer.no_decay": kept("parameter groups in train.py"),
  "optimizer.betas": kept("`adam_beta1`, `adam_beta2`"),
  "optimizer.eps": kept("`adam_epsilon`"),
  "optimizer.loraplus_lr_ratio": kept("parameter groups in train.py"),
  "optimizer.rates": kept("parameter groups in train.py"),
  "optimizer.layer_decay": kept("parameter groups in train.py"),
  "schedule.name": kept("`lr_scheduler_type`, the same names"),
  "schedule.warmup_steps": kept("`warmup_steps`"),
  "schedule.warmup_ratio": kept("`warmup_steps`, computed from the number of steps"),
  "schedule.cycles": kept("`lr_scheduler_kwargs`"),
  "schedule.min_ratio": kept("`lr_scheduler_kwargs`"),
  epochs: kept("`num_train_epochs`"),
  max_steps: kept("`max_steps`"),
  batch_size: kept("`per_device_train_batch_size`"),
  gradient_accumulation: kept("`gradient_accumulation_steps`, divided among the processes"),
  gradient_checkpointing: kept("`gradient_checkpointing`"),
  max_grad_norm: kept("`max_grad_norm`; none is 0"),
  label_smoothing: kept("`label_smoothing_factor`"),
  neftune_alpha: kept("`neftune_noise_alpha`"),
  eval_every_steps: kept("`eval_steps`"),
  token_accuracy: dropped("the trainer there does not count them"),
  eval_on_start: dropped("the first evaluation there comes after steps"),
  eval_generate: dropped("answers are not scored there; `loam evaluate` does it with the adapter that comes back"),
  keep_best: kept("`load_best_model_at_end`; checkpoints are then made at evaluations"),
  early_stopping_patience: kept("EarlyStoppingCallback"),
  sample_prompts: dropped("no samples are written; ask the adapter that comes back"),
  sample_tokens: dropped("no samples are written"),
  checkpoint_every_steps: kept("`save_steps`"),
  keep_checkpoints: kept("`save_total_limit`"),
  seed: changed("`seed`; other random numbers than Loam's, so the rows come in another order"),
  output: changed("the adapter lies in `adapter/` of the project"),
  save_dtype: changed("the adapter comes back in float32; `loam tune` writes float16"),
  device: decidedThere,
  precision: kept("`bf16`, `fp16`"),
  threads: decidedThere,
  workers: kept("the number of processes in the launch command"),
};

const inAxolotl: Record<RecipeField, Fate> = {
  ...inScript,
  model: kept("`base_model`"),
  quantize: kept("`adapter: qlora`, `load_in_4bit`, `bnb_config_kwargs`; for int8 `load_in_8bit`"),
  method: kept("`adapter` and the `lora_…` and `peft_…` fields"),
  freeze: dropped("its `unfrozen_parameters` names weights of the base; all of the adapter learns"),
  "data.max_tokens": changed("`sequence_len`; longer rows are left out instead of cut"),
  "data.packing": kept("`sample_packing`"),
  "optimizer.name": kept("`optimizer`"),
  "optimizer.no_decay": dropped("biases and norms do not decay, the default of both"),
  "optimizer.loraplus_lr_ratio": kept("`loraplus_lr_ratio`"),
  "optimizer.rates": dropped("all tensors learn at one rate"),
  "optimizer.layer_decay": dropped("all layers learn at one rate"),
  "schedule.name": kept("`lr_scheduler`, the same names"),
  "schedule.warmup_ratio": kept("`warmup_ratio`"),
  epochs: kept("`num_epochs`"),
  batch_size: kept("`micro_batch_size`"),
  label_smoothing: dropped("axolotl has no field for it"),
  early_stopping_patience: kept("`early_stopping_patience`"),
};

const inLlamaFactory: Record<RecipeField, Fate> = {
  ...inScript,
  model: kept("`model_name_or_path`"),
  quantize: kept("`quantization_bit`, for 4 bits with `quantization_type` and `double_quantization`"),
  method: kept("`finetuning_type: lora` and the `lora_…` fields"),
  freeze: dropped("all of the adapter learns"),
  "data.max_tokens": changed("`cutoff_len`; prompt and answer of longer rows are both shortened, not the end alone"),
  "data.packing": kept("`packing` with `neat_packing`"),
  "optimizer.no_decay": dropped("biases and norms do not decay, the default of both"),
  "optimizer.loraplus_lr_ratio": kept("`loraplus_lr_ratio`"),
  "optimizer.rates": dropped("all tensors learn at one rate"),
  "optimizer.layer_decay": dropped("all layers learn at one rate"),
  "schedule.warmup_ratio": kept("`warmup_ratio`"),
  early_stopping_patience: kept("`early_stopping_steps`"),
};

/** What becomes of each field of a recipe. */
export function fatesOf(target: ProjectTarget): Readonly<Record<RecipeField, Fate>> {
  return target === "axolotl" ? inAxolotl : target === "llama-factory" ? inLlamaFactory : inScript;
}

/** The value of a field by its path. */
export function fieldValue(recipe: Recipe, field: RecipeField): unknown {
  return field.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], recipe);
}
