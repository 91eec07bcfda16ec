import { UnsupportedError, yamlForPython } from "@loam/core";
import type { Recipe } from "../../trainer/recipe/recipe.ts";
import { loraOnly, peftConfig } from "./peft-config.ts";
import type { ProjectTarget } from "./targets.ts";
import { trainPy, trainRayPy } from "./train-py.ts";
import {
  intervals,
  keepsBest,
  optimizerNames,
  quantizationOf,
  scheduleOptions,
  trainingArguments,
} from "./training-options.ts";

/** A project but for its rows: files by name, and the command that starts it. */
export interface EngineFiles {
  files: Record<string, string>;
  launch: string;
  /** Where the adapter lies afterwards. */
  adapter: string;
}

interface EngineInput {
  recipe: Recipe;
  /** Folder or hub id, as transformers takes it. */
  model: string;
  hasEval: boolean;
}

/** Where a project keeps the adapter that training goes on from. */
export const startFolder = "start";

/** The versions that the scripts were written for; the golden files of this package were recorded with these. */
const requirements = ["torch==2.13.0", "transformers==5.18.0", "peft==0.21.0", "accelerate>=1.11"];

export function engineFiles(target: ProjectTarget, input: EngineInput): EngineFiles {
  switch (target) {
    case "axolotl":
      return axolotl(input);
    case "llama-factory":
      return llamaFactory(input);
    default:
      return launcher(target, input);
  }
}

function launcher(target: "accelerate" | "torchrun" | "ray", { recipe, model, hasEval }: EngineInput): EngineFiles {
  const processes = recipe.workers;
  const useGpu = recipe.device !== "cpu";
  const quantization = quantizationOf(recipe);
  const run = {
    model,
    dtype: recipe.precision,
    quantization,
    peft: peftConfig(recipe),
    adapter: recipe.adapter === undefined ? null : startFolder,
    max_tokens: recipe.data.max_tokens,
    micro_batches: recipe.gradient_accumulation,
    warmup_ratio: recipe.schedule.warmup_ratio ?? null,
    no_decay: recipe.optimizer.no_decay ?? null,
    loraplus_lr_ratio: recipe.optimizer.loraplus_lr_ratio,
    freeze: recipe.freeze ?? [],
    rates: recipe.optimizer.rates ?? {},
    layer_decay: recipe.optimizer.layer_decay,
    early_stopping_patience: hasEval ? (recipe.early_stopping_patience ?? null) : null,
    training: { ...trainingArguments(recipe, hasEval), use_cpu: !useGpu },
    launch: { processes, use_gpu: useGpu },
  };
  const extra = [
    ...(quantization || recipe.optimizer.name === "adamw_8bit" || recipe.optimizer.name === "lion"
      ? ["bitsandbytes>=0.48"]
      : []),
  ];
  const common = {
    "run.json": `${JSON.stringify(run, null, 2)}\n`,
    "train.py": trainPy,
    "requirements.txt": lines([...requirements, ...extra, ...(target === "ray" ? ["ray[train]>=2.50"] : [])]),
  };
  if (target === "ray")
    return { files: { ...common, "train_ray.py": trainRayPy }, launch: "python train_ray.py", adapter: "adapter" };
  if (target === "torchrun")
    return { files: common, launch: `torchrun --nproc-per-node ${processes} train.py`, adapter: "adapter" };
  const config = {
    compute_environment: "LOCAL_MACHINE",
    distributed_type: processes === 1 ? "NO" : useGpu ? "MULTI_GPU" : "MULTI_CPU",
    num_machines: 1,
    num_processes: processes,
    machine_rank: 0,
    main_training_function: "main",
    mixed_precision: recipe.precision === "bfloat16" ? "bf16" : recipe.precision === "float16" ? "fp16" : "no",
    use_cpu: !useGpu,
  };
  return {
    files: { ...common, "accelerate.yaml": yamlForPython(config) },
    launch: "accelerate launch --config_file accelerate.yaml train.py",
    adapter: "adapter",
  };
}

function axolotl({ recipe, model, hasEval }: EngineInput): EngineFiles {
  const lora = loraOnly(recipe, "axolotl", {
    peft_type: () => ({}),
    task_type: () => ({}),
    r: (value) => ({ lora_r: value }),
    lora_alpha: (value) => ({ lora_alpha: value }),
    lora_dropout: (value) => ({ lora_dropout: value }),
    target_modules: (value) => (value === "all-linear" ? { lora_target_linear: true } : { lora_target_modules: value }),
    modules_to_save: (value) => ({ lora_modules_to_save: value }),
    layers_to_transform: (value) => ({ peft_layers_to_transform: [value].flat() }),
    layers_pattern: (value) => ({ peft_layers_pattern: [value].flat() }),
    use_dora: (value) => (value ? { peft_use_dora: true } : {}),
    use_rslora: (value) => (value ? { peft_use_rslora: true } : {}),
    init_lora_weights: (value) => (value === true ? {} : { peft_init_lora_weights: value }),
    fan_in_fan_out: (value) => (value ? { lora_fan_in_fan_out: true } : {}),
  });
  const quantization = quantizationOf(recipe);
  const { load_in_4bit, load_in_8bit, ...bnb } = quantization ?? {};
  const { evaluate, save } = intervals(recipe, hasEval);
  const rows = (file: string) => ({ path: file, ds_type: "json", type: "input_output", split: "train" });
  const config = {
    base_model: model,
    adapter: load_in_4bit ? "qlora" : "lora",
    ...(load_in_4bit === true && { load_in_4bit, bnb_config_kwargs: bnb }),
    ...(load_in_8bit === true && { load_in_8bit }),
    ...lora,
    ...(recipe.adapter !== undefined && { lora_model_dir: startFolder }),
    datasets: [rows("data/train.jsonl")],
    ...(hasEval ? { test_datasets: [rows("data/eval.jsonl")] } : { val_set_size: 0 }),
    dataset_prepared_path: "prepared",
    train_on_inputs: false,
    sequence_len: recipe.data.max_tokens,
    sample_packing: recipe.data.packing !== false,
    ...(recipe.data.packing && { eval_sample_packing: false, pad_to_sequence_len: true }),
    micro_batch_size: recipe.batch_size,
    gradient_accumulation_steps: perProcess(recipe),
    gradient_checkpointing: recipe.gradient_checkpointing,
    num_epochs: recipe.epochs,
    ...(recipe.max_steps !== undefined && { max_steps: recipe.max_steps }),
    optimizer: optimizerNames[recipe.optimizer.name],
    learning_rate: recipe.optimizer.learning_rate,
    weight_decay: recipe.optimizer.weight_decay,
    ...(recipe.optimizer.betas && { adam_beta1: recipe.optimizer.betas[0], adam_beta2: recipe.optimizer.betas[1] }),
    ...(recipe.optimizer.eps !== undefined && { adam_epsilon: recipe.optimizer.eps }),
    ...(recipe.optimizer.loraplus_lr_ratio !== 1 && { loraplus_lr_ratio: recipe.optimizer.loraplus_lr_ratio }),
    lr_scheduler: recipe.schedule.name,
    ...(Object.keys(scheduleOptions(recipe)).length > 0 && { lr_scheduler_kwargs: scheduleOptions(recipe) }),
    ...(recipe.schedule.warmup_ratio === undefined
      ? { warmup_steps: recipe.schedule.warmup_steps }
      : { warmup_ratio: recipe.schedule.warmup_ratio }),
    max_grad_norm: recipe.max_grad_norm ?? 0,
    ...(recipe.neftune_alpha > 0 && { neftune_noise_alpha: recipe.neftune_alpha }),
    ...(evaluate !== undefined && { eval_steps: evaluate }),
    ...(evaluate !== undefined &&
      recipe.early_stopping_patience !== undefined && { early_stopping_patience: recipe.early_stopping_patience }),
    ...(evaluate !== undefined &&
      keepsBest(recipe) && { load_best_model_at_end: true, metric_for_best_model: "eval_loss" }),
    save_steps: save,
    save_total_limit: recipe.keep_checkpoints,
    logging_steps: 1,
    bf16: recipe.precision === "bfloat16",
    fp16: recipe.precision === "float16",
    tf32: false,
    seed: recipe.seed,
    output_dir: "adapter",
  };
  return {
    files: { "axolotl.yaml": yamlForPython(config), "requirements.txt": lines(["axolotl>=0.13"]) },
    launch: `axolotl train axolotl.yaml${recipe.workers > 1 ? ` --launcher torchrun -- --nproc-per-node=${recipe.workers}` : ""}`,
    adapter: "adapter",
  };
}

function llamaFactory({ recipe, model, hasEval }: EngineInput): EngineFiles {
  const lora = loraOnly(recipe, "LLaMA-Factory", {
    peft_type: () => ({}),
    task_type: () => ({}),
    r: (value) => ({ lora_rank: value }),
    lora_alpha: (value) => ({ lora_alpha: value }),
    lora_dropout: (value) => ({ lora_dropout: value }),
    target_modules: (value) => {
      if (value === "all-linear") return { lora_target: "all" };
      if (Array.isArray(value)) return { lora_target: value.join(",") };
      throw new UnsupportedError(`LLaMA-Factory takes names of modules, not the pattern ${JSON.stringify(value)}.`, {
        hint: "list the names, or export to accelerate, torchrun or ray",
      });
    },
    modules_to_save: (value) => ({ additional_target: (value as string[]).join(",") }),
    use_dora: (value) => (value ? { use_dora: true } : {}),
    use_rslora: (value) => (value ? { use_rslora: true } : {}),
    init_lora_weights: (value) =>
      value === "pissa" ? { pissa_init: true, pissa_iter: -1 } : value === true ? {} : unknownStart(value),
  });
  const quantization = quantizationOf(recipe);
  const { eval_strategy, eval_steps, save_steps, ...rest } = trainingArguments(recipe, hasEval);
  const {
    average_tokens_across_devices: _,
    remove_unused_columns: __,
    load_best_model_at_end,
    metric_for_best_model,
    greater_is_better,
    lr_scheduler_kwargs,
    neftune_noise_alpha,
    warmup_steps,
    save_strategy,
    max_steps,
    ...training
  } = rest;
  const config = {
    model_name_or_path: model,
    stage: "sft",
    do_train: true,
    finetuning_type: "lora",
    ...lora,
    ...(recipe.adapter !== undefined && { adapter_name_or_path: startFolder }),
    ...(quantization?.load_in_4bit === true && {
      quantization_bit: 4,
      quantization_method: "bnb",
      quantization_type: quantization.bnb_4bit_quant_type,
      double_quantization: true,
    }),
    ...(quantization?.load_in_8bit === true && { quantization_bit: 8, quantization_method: "bnb" }),
    ...(recipe.optimizer.loraplus_lr_ratio !== 1 && { loraplus_lr_ratio: recipe.optimizer.loraplus_lr_ratio }),
    dataset_dir: "data",
    dataset: "loam_train",
    ...(hasEval && { eval_dataset: "loam_eval" }),
    template: "empty",
    cutoff_len: recipe.data.max_tokens,
    train_on_prompt: false,
    mask_history: false,
    packing: recipe.data.packing !== false,
    neat_packing: recipe.data.packing !== false,
    gradient_accumulation_steps: perProcess(recipe),
    ...training,
    ...(Number(max_steps) > 0 && { max_steps }),
    ...(Object.keys(lr_scheduler_kwargs as object).length > 0 && { lr_scheduler_kwargs }),
    ...(recipe.schedule.warmup_ratio === undefined ? { warmup_steps } : { warmup_ratio: recipe.schedule.warmup_ratio }),
    ...(neftune_noise_alpha !== null && { neftune_noise_alpha }),
    ...(eval_strategy === "steps" && { eval_strategy, eval_steps }),
    ...(load_best_model_at_end === true && { load_best_model_at_end, metric_for_best_model, greater_is_better }),
    ...(eval_strategy === "steps" &&
      recipe.early_stopping_patience !== undefined && { early_stopping_steps: recipe.early_stopping_patience }),
    save_strategy,
    save_steps,
    overwrite_output_dir: true,
    output_dir: "adapter",
  };
  const tags = { role_tag: "role", content_tag: "content", user_tag: "user", assistant_tag: "assistant" };
  const rows = (file: string) => ({ file_name: file, formatting: "sharegpt", columns: { messages: "messages" }, tags });
  const info = { loam_train: rows("train.jsonl"), loam_eval: rows("eval.jsonl") };
  return {
    files: {
      "train.yaml": yamlForPython(config),
      "data/dataset_info.json": `${JSON.stringify(info, null, 2)}\n`,
      "requirements.txt": lines(["llamafactory>=0.9.3", ...(quantization ? ["bitsandbytes>=0.48"] : [])]),
    },
    launch: `${recipe.workers > 1 ? `FORCE_TORCHRUN=1 NPROC_PER_NODE=${recipe.workers} ` : ""}llamafactory-cli train train.yaml`,
    adapter: "adapter",
  };
}

function unknownStart(value: unknown): never {
  throw new UnsupportedError(`LLaMA-Factory has no field for \`method.init_lora_weights\`: ${JSON.stringify(value)}.`, {
    hint: "export to accelerate, torchrun or ray, which use PEFT itself",
  });
}

/** The micro-batches of each process, so that a step reads as many rows as here. */
const perProcess = ({ gradient_accumulation, workers }: Recipe): number =>
  Math.max(1, Math.floor(gradient_accumulation / workers));

const lines = (items: readonly string[]): string => `${items.join("\n")}\n`;
