import { InputError, show } from "@loam/core";
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
  target_modules: z.union([z.array(z.string()), z.string()]),
  exclude_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  layers_to_transform: z.union([z.array(z.number().int()), z.number().int()]).nullish(),
  layers_pattern: z.union([z.array(z.string()), z.string()]).nullish(),
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
  });
}
