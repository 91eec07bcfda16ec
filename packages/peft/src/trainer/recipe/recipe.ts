import { InputError, show } from "@loam/core";
import { scheduleNames } from "@loam/graph";
import { z } from "zod";
import { exampleFormats } from "../../data/example.ts";
import { promptTemplateNames } from "../../data/prompt-template.ts";
import { adapterMethod, adapterMethods } from "../../methods/registry.ts";
import { checkMethodOptions } from "./method-options.ts";
import { parseFields, readYamlFields } from "./recipe-fields.ts";

const count = z.number().int().positive();
const share = z.number().min(0).max(1);

const DataRecipe = z.strictObject({
  /** A file, a folder or a hub id (`tatsu-lab/alpaca`). */
  path: z.string(),
  /** Files with this word in their path; of a hub dataset `train` when left out. */
  split: z.string().optional(),
  /** Branch, tag or commit of a hub dataset. */
  revision: z.string().optional(),
  /** How a row is read; left out, told by its columns. */
  format: z.enum(exampleFormats).optional(),
  /** How instructions become text; "chat" takes the model's own template. Conversations always do. */
  template: z.enum([...promptTemplateNames, "chat"]).default("alpaca"),
  /** Longer examples are cut at their end. */
  max_tokens: z.number().int().min(2).default(512),
  /**
   * Several short examples in one row, which do not see each other. With "shared_prefix" those are conversations that follow
   * one another in the data and begin with the same system message and functions, which stand in the row once.
   */
  packing: z.union([z.boolean(), z.literal("shared_prefix")]).default(false),
  /** Share of the examples that is kept for evaluation. */
  eval_share: share.default(0),
  /** Another file, folder or hub id that is evaluated on, instead of a share of this one. */
  eval_path: z.string().optional(),
  /** Leave out examples that are there already. */
  dedup: z.boolean().default(false),
  /** Take this many examples at most. */
  limit: count.optional(),
  /** Leave a row out that cannot be read, and count it, or end there. */
  on_bad_row: z.enum(["skip", "error"]).default("skip"),
  /** Encoded rows beyond this are kept in a file of the output folder. */
  memory_mb: z.number().positive().default(64),
});

const OptimizerRecipe = z.strictObject({
  /** Which optimiser; `adamw_8bit` keeps its moments in 8 bits. */
  name: z.enum(["adamw", "adamw_8bit", "lion", "adafactor", "sgd"]).default("adamw"),
  /** The peak of the schedule. */
  learning_rate: z.number().positive().default(2e-4),
  /** Decoupled from the gradient (arXiv:1711.05101). */
  weight_decay: z.number().nonnegative().default(0),
  /** Regular expressions of tensor names that do not decay; left out, those of biases and norms, as in transformers. */
  no_decay: z.array(z.string()).optional(),
  /** Of AdamW and Lion; left out, the optimiser's own. */
  betas: z.tuple([share, share]).optional(),
  /** Added to the root of the second moment; left out, the optimiser's own. */
  eps: z.number().positive().optional(),
  /** LoRA+ (arXiv:2402.12354): how many times faster the B matrices learn than the A matrices. */
  loraplus_lr_ratio: z.number().positive().default(1),
  /** Times the learning rate, by regular expressions of tensor names: `{ "layers\\.0\\.": 0.1 }`. Of several that fit, the product. */
  rates: z.record(z.string(), z.number().nonnegative()).optional(),
  /** Each layer learns so many times as fast as the one above it; the embeddings come below the first. */
  layer_decay: z.number().positive().max(1).default(1),
});

const ScheduleRecipe = z.strictObject({
  /** How the rate goes from its peak to its end. */
  name: z.enum(scheduleNames as [string, ...string[]]).default("linear"),
  /** Steps over which the rate rises from 0. */
  warmup_steps: z.number().int().nonnegative().default(0),
  /** Share of all steps, instead of `warmup_steps`. */
  warmup_ratio: share.optional(),
  /** Waves of a cosine. */
  cycles: z.number().positive().optional(),
  /** The lowest rate as a share of the peak, for schedules that end above 0. */
  min_ratio: share.optional(),
});

/** What is learned: to write the answers of the data, or to prefer one answer to another. */
const ObjectiveRecipe = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("sft") }),
  /** Direct preference optimisation (arXiv:2305.18290). */
  z.strictObject({
    type: z.literal("dpo"),
    /** How dear it is to move away from the reference. */
    beta: z.number().positive().default(0.1),
    /** How often the preference of a row is taken to be the wrong way round, below a half. */
    label_smoothing: z.number().min(0).lt(0.5).default(0),
  }),
  /** Odds ratio preference optimisation (arXiv:2403.07691): learns the preferred answer and its odds at once, without a reference. */
  z.strictObject({
    type: z.literal("orpo"),
    /** How much the odds count beside the answer (λ of the paper). */
    beta: z.number().positive().default(0.1),
  }),
  /** Kahneman-Tversky optimisation (arXiv:2402.01306): answers that are desirable or not, each by itself. */
  z.strictObject({
    type: z.literal("kto"),
    /** How dear it is to move away from the reference. */
    beta: z.number().positive().default(0.1),
    /** How much desirable answers count; where they are few, more than 1. */
    desirable_weight: z.number().nonnegative().default(1),
    /** How much answers count that are not desirable. */
    undesirable_weight: z.number().nonnegative().default(1),
  }),
  /** Group relative policy optimisation (arXiv:2402.03300): answers that the model writes itself and that a reward judges. */
  z.strictObject({
    type: z.literal("grpo"),
    /** What judges an answer beside `reference`, where the program that trains gives nothing else. */
    reward: z.enum(["exact", "rouge1", "rougeL"]).optional(),
    /** The field of a row that answers are compared with. */
    reference: z.string().default("reference_answer"),
    /** Answers to each prompt, which are measured against one another. */
    group_size: z.number().int().min(2).max(64).default(8),
    /** Tokens of an answer at most. */
    max_new_tokens: count.default(64),
    /** How far a token's probability may move away from what it was when it was written (ε). */
    clip: z.number().positive().lt(1).default(0.2),
    /** How dear it is to move away from the reference (β); 0 leaves it out. */
    kl: z.number().nonnegative().default(0.04),
    /** Updates with the answers of one step (μ). */
    iterations: z.number().int().min(1).max(16).default(1),
    /** Answers to each prompt in an evaluation, whose mean reward is told. */
    eval_answers: z.number().int().min(1).max(64).default(1),
  }),
]);
export type Objective = z.infer<typeof ObjectiveRecipe>;

/** Whether an objective measures against what training began with. */
export const hasReference = (objective: Objective): boolean =>
  objective.type === "dpo" || objective.type === "kto" || (objective.type === "grpo" && objective.kl > 0);

/** What a fine-tune is made of; the names of a method's options are those of its `adapter_config.json`. */
export const Recipe = z.strictObject({
  /** Folder, file or hub id. */
  model: z.string(),
  /** Keep the base's linear layers, which do not change, in 4 or 8 bits (QLoRA). */
  quantize: z.enum(["none", "nf4", "fp4", "int8"]).default("none"),
  /** Keep the adapter itself in 8 or 4 bits, rounded anew after every update. */
  quantize_adapter: z.enum(["none", "int8", "int4"]).default("none"),
  /** The adapter, by PEFT's name for its kind, with the options of that kind. */
  method: z.looseObject({ peft_type: z.enum(adapterMethods.map(({ type }) => type) as [string, ...string[]]) }),
  /** Regular expressions of the adapter's tensors that stay as they are. Of weights themselves (FULL), set `method.freeze`. */
  freeze: z.array(z.string()).optional(),
  /** Go on from the adapter in this folder instead of a fresh one; `method` then names its type, and options to change. */
  adapter: z.string().optional(),
  /**
   * `sft` learns the answers, `dpo` and `orpo` prefer one answer to another, `kto` learns from answers that were judged, `grpo`
   * from rewards for answers of its own.
   */
  objective: ObjectiveRecipe.default({ type: "sft" }),
  data: DataRecipe,
  optimizer: OptimizerRecipe.prefault({}),
  schedule: ScheduleRecipe.prefault({}),
  /** Times that the data is gone through; parts of one too. */
  epochs: z.number().positive().default(1),
  /** Instead of epochs. */
  max_steps: count.optional(),
  /** Rows of a micro-batch. */
  batch_size: count.default(4),
  /** Micro-batches of `batch_size` rows before each update. */
  gradient_accumulation: count.default(1),
  /** Compute each layer's insides again in the backward pass instead of keeping them. */
  gradient_checkpointing: z.boolean().default(false),
  /** Gradients are scaled down together where their norm exceeds this. */
  max_grad_norm: z.number().positive().optional(),
  /** Share of the probability that is spread over all tokens (arXiv:1512.00567). */
  label_smoothing: z.number().min(0).lt(1).default(0),
  /** Noise on the embeddings in training (NEFTune, arXiv:2310.05914). */
  neftune_alpha: z.number().nonnegative().default(0),
  /** Evaluate after this many steps, and at the end. */
  eval_every_steps: count.optional(),
  /** Evaluate before the first step too, to see what the adapter starts from. */
  eval_on_start: z.boolean().default(false),
  /** Count the tokens that the model ranks first, in training too: one more forward pass for each step. */
  token_accuracy: z.boolean().default(false),
  /** Answers to this many rows of the evaluation split are generated and scored at each evaluation. */
  eval_generate: z.number().int().nonnegative().default(0),
  /** Save the adapter with the lowest evaluation loss instead of the last; left out, with early stopping. */
  keep_best: z.boolean().optional(),
  /** Ends the training after this many evaluations in a row without a lower loss. */
  early_stopping_patience: count.optional(),
  /** Answered with the adapter at each evaluation and at the end. */
  sample_prompts: z.array(z.string()).default([]),
  /** Length of those answers at most. */
  sample_tokens: count.default(64),
  /** Steps between two states that an interrupted run goes on from. */
  checkpoint_every_steps: count.default(100),
  /** Older states are removed. */
  keep_checkpoints: count.default(2),
  /** Of the order of the rows, of dropout and of what the adapter starts from. */
  seed: z.number().int().nonnegative().default(42),
  /** The folder that the adapter, its checkpoints and its logs are written to. */
  output: z.string(),
  /** How the adapter's file keeps its numbers: "float16" takes half the space. Training and its checkpoints stay in float32. */
  save_dtype: z.enum(["float32", "float16"]).default("float32"),
  /** Where a step is computed; `auto` takes the best that is here. */
  device: z.enum(["auto", "cpu", "cuda", "webgpu", "coreml", "dml"]).default("cpu"),
  /** What the numbers of a step are computed in. */
  precision: z.enum(["float32", "float16", "bfloat16"]).default("float32"),
  /** Threads of one process; left out, one for each core. */
  threads: count.optional(),
  /** Processes that share a step's micro-batches, one for each GPU or part of the CPU. At most `gradient_accumulation`. */
  workers: count.default(1),
});
export type Recipe = z.infer<typeof Recipe>;
/** A recipe with what may be left out left out. */
export type RecipeInput = z.input<typeof Recipe>;

/**
 * Reads a recipe from a YAML (or JSON) file.
 *
 * @param set fields to set beside the file's, such as `optimizer.learning_rate=1e-4`; see {@link overrideRecipe}.
 * @throws {NotFoundError} when there is no such file. @throws {InputError} `bad_recipe` naming the field.
 */
export const readRecipe = async (path: string, { set = [] }: { set?: readonly string[] } = {}): Promise<Recipe> =>
  parseRecipe(await readYamlFields(path, { set, hint: `\`loam tune init ${path}\` writes one to start from` }), path);

/** The recipe with its defaults. @throws {InputError} `bad_recipe` naming the field, its value and what is allowed. */
export const parseRecipe = (value: unknown, name = "recipe"): Recipe =>
  checkTogether(parseFields(Recipe, value, name), name);

/** What fields ask of each other. */
function checkTogether(recipe: Recipe, name: string): Recipe {
  const refuse = (field: string, got: unknown, problem: string, hint: string) =>
    new InputError("bad_recipe", `${name}: \`${field}\` is ${show(got)}: ${problem}.`, {
      details: { field, got },
      hint,
    });
  // An adapter that is trained further brings its options along.
  if (recipe.adapter === undefined) checkMethodOptions(recipe, name);
  checkObjective(recipe, refuse);
  if (recipe.method.peft_type === "FULL" && recipe.quantize !== "none")
    throw refuse(
      "quantize",
      recipe.quantize,
      "FULL trains the weights themselves, in float32",
      "leave it out, or train LORA",
    );
  const { workers, gradient_accumulation, batch_size, precision, device, keep_best, data, quantize_adapter } = recipe;
  if (quantize_adapter !== "none" && adapterMethod(recipe.method.peft_type).keeper) {
    throw refuse(
      "quantize_adapter",
      quantize_adapter,
      `${recipe.method.peft_type} changes its tensors between updates and needs them in float32`,
      "leave it out, or train LORA",
    );
  }
  if (workers > gradient_accumulation) {
    const rows = batch_size * gradient_accumulation;
    throw refuse(
      "workers",
      workers,
      `a step has ${gradient_accumulation} micro-batch${gradient_accumulation === 1 ? "" : "es"} to share out (\`gradient_accumulation\`)`,
      rows % workers === 0
        ? `\`batch_size: ${rows / workers}\` with \`gradient_accumulation: ${workers}\` makes steps of the same ${rows} rows`
        : `set \`gradient_accumulation: ${workers}\` or more`,
    );
  }
  if (precision !== "float32") {
    throw refuse(
      "precision",
      precision,
      device === "cpu"
        ? "the CPU computes in float32; ONNX Runtime would convert every 16-bit operand there and back"
        : `training steps are computed in float32, on ${device} too`,
      "leave it out. For less memory set `quantize: nf4` or `gradient_checkpointing: true`",
    );
  }
  if (data.eval_path !== undefined && data.eval_share > 0) {
    const problem = "there is a file of its own to evaluate on (`data.eval_path`)";
    throw refuse("data.eval_share", data.eval_share, problem, "leave one of the two out");
  }
  if (keep_best && data.eval_share === 0 && data.eval_path === undefined)
    throw refuse("keep_best", keep_best, "there is no evaluation loss to choose by", "set `data.eval_share: 0.05`");
  const patterns = [
    ...(recipe.optimizer.no_decay ?? []).map((pattern, i) => [`optimizer.no_decay.${i}`, pattern] as const),
    ...(recipe.freeze ?? []).map((pattern, i) => [`freeze.${i}`, pattern] as const),
    ...Object.keys(recipe.optimizer.rates ?? {}).map((pattern) => ["optimizer.rates", pattern] as const),
  ];
  for (const [field, pattern] of patterns) {
    try {
      new RegExp(pattern);
    } catch (error) {
      throw refuse(field, pattern, (error as Error).message, "give a regular expression");
    }
  }
  if (recipe.freeze && adapterMethod(recipe.method.peft_type).keeper)
    throw refuse(
      "freeze",
      recipe.freeze,
      `${recipe.method.peft_type} changes its tensors between updates`,
      "leave it out",
    );
  if (recipe.freeze && recipe.method.peft_type === "FULL")
    throw refuse("freeze", recipe.freeze, "FULL trains the weights themselves", "set `method.freeze` instead");
  return recipe;
}

/** What goes with answers that are learned by heart, and not with preferences. */
function checkObjective(
  recipe: Recipe,
  refuse: (field: string, got: unknown, problem: string, hint: string) => InputError,
): void {
  const { objective, data, label_smoothing, token_accuracy, eval_generate, adapter, workers, batch_size } = recipe;
  const { keep_best, early_stopping_patience } = recipe;
  if (objective.type === "sft") return;
  const rowsAre = { kto: "rows are judged answers", grpo: "rows are questions", dpo: "", orpo: "" }[objective.type];
  const pairs = rowsAre || "rows are pairs of answers";
  if (data.packing) throw refuse("data.packing", true, `${pairs}, which are not packed`, "leave it out");
  if (label_smoothing > 0)
    throw refuse(
      "label_smoothing",
      label_smoothing,
      pairs,
      objective.type === "dpo" ? "set `objective.label_smoothing` instead" : "leave it out",
    );
  if (token_accuracy)
    throw refuse("token_accuracy", true, `${pairs}; how often the right one wins is told anyway`, "leave it out");
  if (eval_generate > 0)
    throw refuse("eval_generate", eval_generate, `${pairs}, to which no answer is compared`, "leave it out");
  if (objective.type === "kto" && batch_size < 2)
    throw refuse(
      "batch_size",
      batch_size,
      "an answer is measured against the others of its micro-batch",
      "set 2 or more",
    );
  if (objective.type === "grpo") {
    const noLoss = "rewards are told instead of an evaluation loss";
    if (keep_best) throw refuse("keep_best", keep_best, noLoss, "leave it out: the last adapter is saved");
    if (early_stopping_patience)
      throw refuse("early_stopping_patience", early_stopping_patience, noLoss, "leave it out");
    if (workers > 1) throw refuse("workers", workers, "answers are written and learned in one process", "set it to 1");
  }
  if (hasReference(objective) && adapter !== undefined && workers > 1)
    throw refuse("workers", workers, "worker processes do not keep the adapter that is the reference", "set it to 1");
}
