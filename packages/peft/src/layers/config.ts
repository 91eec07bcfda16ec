import { InputError, show, UnsupportedError } from "@loam/core";
import { z } from "zod";

/** Fields that every PEFT config has; others are kept. */
export const commonFields = {
  base_model_name_or_path: z.string().nullish(),
  task_type: z.string().nullish(),
  inference_mode: z.boolean().default(false),
  peft_version: z.string().optional(),
};

/** Fields of configs that choose linear layers. */
export const targetFields = {
  /** Names that a layer's path ends in, a regular expression of whole paths, or `all-linear`. */
  target_modules: z.union([z.array(z.string()), z.string()], {
    error: "expected a list of names, a regular expression or all-linear",
  }),
  /** Layers that are left out again, told in the same way. */
  exclude_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  /** Only in these blocks, counted from 0. */
  layers_to_transform: z.union([z.array(z.number().int()), z.number().int()]).nullish(),
  /** What the list of blocks is called in paths, where it is not `layers`, `h` or `blocks`. */
  layers_pattern: z.union([z.array(z.string()), z.string()]).nullish(),
  /** Modules that are trained whole beside the adapter, such as `lm_head`. */
  modules_to_save: z.array(z.string()).nullish(),
};

/** The value as the schema reads it. @throws {InputError} `bad_adapter_config` naming the field, its value and what is allowed. */
export function parseConfig<C>(schema: z.ZodType<C>, json: Readonly<Record<string, unknown>>): C {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const field = path.join(".");
  const got = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], json);
  throw new InputError("bad_adapter_config", `adapter_config.json: \`${field}\` is ${show(got)}: ${message}.`, {
    details: { field, got },
    hint: "correct the file, or save the adapter again with a current PEFT",
  });
}

/**
 * Refuses options that would change an adapter's numbers and that Loam does not compute: to pass over them would give a
 * model that answers, and answers wrongly.
 *
 * @param allowed for each such field, whether its value is one that changes nothing; fields that are absent are.
 * @throws {UnsupportedError} naming the field and its value.
 */
export function refuseUnsupported(
  type: string,
  json: Readonly<Record<string, unknown>>,
  allowed: Readonly<Record<string, (value: unknown) => boolean>>,
): void {
  for (const [field, isHarmless] of Object.entries(allowed)) {
    const value = json[field];
    if (value === undefined || isHarmless(value)) continue;
    throw new UnsupportedError(`adapter_config.json: ${type} with \`${field}\` ${show(value)} is not computed here.`, {
      details: { field, value },
      hint: "merge the adapter with the program that made it, or train one without this option",
    });
  }
}

/** Null, false, or nothing in it: an option that is not used. */
export function isUnused(value: unknown): boolean {
  if (value === null || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value as object).length === 0;
}

/** Names of the fields that a config's schema knows. */
export function fieldsOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
