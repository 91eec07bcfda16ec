import { readFile } from "node:fs/promises";
import { InputError, NotFoundError, nearestName, show } from "@loam/core";
import { scheduleNames } from "@loam/graph";
import { parse } from "yaml";
import { z } from "zod";
import { exampleFormats } from "../data/example.ts";
import { promptTemplateNames } from "../data/prompt-template.ts";
import { adapterMethods } from "../registry.ts";
import { overrideRecipe } from "./recipe-overrides.ts";

const count = z.number().int().positive();
const share = z.number().min(0).max(1);

const DataRecipe = z.strictObject({
  /** A file or a folder. */
  path: z.string(),
  format: z.enum(exampleFormats).optional(),
  /** How instructions become text; "chat" takes the model's own template. Conversations always do. */
  template: z.enum([...promptTemplateNames, "chat"]).default("alpaca"),
  max_tokens: z.number().int().min(2).default(512),
  /** Several short examples in one row, which do not see each other. */
  packing: z.boolean().default(false),
  /** Share of the examples that is kept for evaluation. */
  eval_share: share.default(0),
  dedup: z.boolean().default(false),
  limit: count.optional(),
  on_bad_row: z.enum(["skip", "error"]).default("skip"),
});

const OptimizerRecipe = z.strictObject({
  name: z.enum(["adamw", "adamw_8bit", "lion", "adafactor", "sgd"]).default("adamw"),
  learning_rate: z.number().positive().default(2e-4),
  weight_decay: z.number().nonnegative().default(0),
});

const ScheduleRecipe = z.strictObject({
  name: z.enum(scheduleNames as [string, ...string[]]).default("linear"),
  warmup_steps: z.number().int().nonnegative().default(0),
});

/** What a fine-tune is made of; the names of a method's options are those of its `adapter_config.json`. */
export const Recipe = z.strictObject({
  /** Folder, file or hub id. */
  model: z.string(),
  /** Keep the base's linear layers in 4 bits (QLoRA). */
  quantize: z.enum(["none", "nf4", "fp4"]).default("none"),
  method: z.looseObject({ peft_type: z.enum(adapterMethods.map(({ type }) => type) as [string, ...string[]]) }),
  data: DataRecipe,
  optimizer: OptimizerRecipe.prefault({}),
  schedule: ScheduleRecipe.prefault({}),
  epochs: z.number().positive().default(1),
  /** Instead of epochs. */
  max_steps: count.optional(),
  batch_size: count.default(4),
  /** Micro-batches of `batch_size` rows before each update. */
  gradient_accumulation: count.default(1),
  /** Compute each layer's insides again in the backward pass instead of keeping them. */
  gradient_checkpointing: z.boolean().default(false),
  max_grad_norm: z.number().positive().optional(),
  label_smoothing: z.number().min(0).lt(1).default(0),
  neftune_alpha: z.number().nonnegative().default(0),
  eval_every_steps: count.optional(),
  /** Ends the training after this many evaluations in a row without a lower loss. */
  early_stopping_patience: count.optional(),
  /** Answered with the adapter at each evaluation and at the end. */
  sample_prompts: z.array(z.string()).default([]),
  sample_tokens: count.default(64),
  checkpoint_every_steps: count.default(100),
  keep_checkpoints: count.default(2),
  seed: z.number().int().nonnegative().default(42),
  output: z.string(),
  device: z.enum(["auto", "cpu", "cuda", "webgpu", "coreml", "dml"]).default("cpu"),
  threads: count.optional(),
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
export async function readRecipe(path: string, { set = [] }: { set?: readonly string[] } = {}): Promise<Recipe> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT")
      throw new NotFoundError("recipe", path, { cause, hint: `\`loam tune init ${path}\` writes one to start from` });
    throw new InputError("bad_recipe", `${path} cannot be read: ${cause.message}.`, { cause });
  });
  let yaml: unknown;
  try {
    yaml = parse(text);
  } catch (cause) {
    throw new InputError("bad_recipe", `${path} is not YAML: ${(cause as Error).message.trimEnd()}`, { cause });
  }
  return parseRecipe(overrideRecipe(yaml, set), path);
}

/** The recipe with its defaults. @throws {InputError} `bad_recipe` naming the field, its value and what is allowed. */
export function parseRecipe(value: unknown, name = "recipe"): Recipe {
  const result = Recipe.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const field = [...path, issue.keys[0]!].join(".");
    const known = fieldsAt(path);
    const near = nearestName(issue.keys[0]!, known);
    throw new InputError("bad_recipe", `${name}: there is no field \`${field}\`.`, {
      details: { field, known },
      hint: near ? `did you mean \`${[...path, near].join(".")}\`?` : `the fields here are ${known.join(", ")}`,
    });
  }
  const field = path.join(".");
  const got = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
  const near =
    issue.code === "invalid_value" && typeof got === "string" ? nearestName(got, issue.values.map(String)) : undefined;
  throw new InputError("bad_recipe", `${name}: \`${field || "recipe"}\` is ${show(got)}: ${issue.message}.`, {
    details: { field, got },
    hint: near && `did you mean "${near}"?`,
  });
}

function fieldsAt(path: readonly string[]): string[] {
  const nested: Record<string, z.ZodObject> = {
    data: DataRecipe,
    optimizer: OptimizerRecipe,
    schedule: ScheduleRecipe,
  };
  return Object.keys((path.length === 0 ? Recipe : (nested[path[0]!] ?? Recipe)).shape);
}
