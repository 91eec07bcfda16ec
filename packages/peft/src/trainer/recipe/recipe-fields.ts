import { readFile } from "node:fs/promises";
import { InputError, NotFoundError, nearestName, show } from "@loam/core";
import { parse } from "yaml";
import { z } from "zod";
import { overrideRecipe } from "./recipe-overrides.ts";

/**
 * The content of a recipe file (YAML or JSON), with fields set beside the file's.
 *
 * @throws {NotFoundError} when there is no such file. @throws {InputError} `bad_recipe` when it is not YAML.
 */
export async function readYamlFields(
  path: string,
  { set = [], hint }: { set?: readonly string[]; hint?: string } = {},
): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") throw new NotFoundError("recipe", path, { cause, hint });
    throw new InputError("bad_recipe", `${path} cannot be read: ${cause.message}.`, {
      hint: "check the path; `loam tune init` writes a recipe",
      cause,
    });
  });
  try {
    return overrideRecipe(parse(text), set);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== "YAMLParseError") throw cause;
    throw new InputError("bad_recipe", `${path} is not YAML: ${cause.message.trimEnd()}`, {
      hint: "correct the line that is named",
      cause,
    });
  }
}

/** Fields with their defaults. @throws {InputError} `bad_recipe` naming the field, its value and what is allowed. */
export function parseFields<S extends z.ZodType>(schema: S, value: unknown, name: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const field = [...path, issue.keys[0]!].join(".");
    const known = fieldsAt(schema, path, value);
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

/** The fields that an object of the schema may have; of several kinds, those of the kind that the value names. */
function fieldsAt(schema: z.ZodType, path: readonly string[], value: unknown): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodDiscriminatedUnion) {
    const key = inner.def.discriminator;
    const kind = (value as Record<string, unknown> | undefined)?.[key];
    const chosen = (inner.options as z.ZodObject[]).find((option) => option.shape[key]?.safeParse(kind).success);
    return chosen ? fieldsAt(chosen, path, value) : [];
  }
  if (!(inner instanceof z.ZodObject)) return [];
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(inner.shape);
  const field = inner.shape[first] as z.ZodType | undefined;
  return field
    ? fieldsAt(field, rest, (value as Record<string, unknown> | undefined)?.[first])
    : Object.keys(inner.shape);
}

const unwrap = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
