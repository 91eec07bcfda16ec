import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "@loam/core";
import { z } from "zod";

/**
 * A JSON Schema from a file: JSON as it is, or the default export of a program (.ts, .js, .mjs), which may be a schema
 * of zod.
 *
 * @throws {InputError} `bad_schema` when the file holds neither.
 */
export async function readSchema(path: string): Promise<Record<string, unknown>> {
  const bad = (why: string, cause?: unknown) =>
    new InputError("bad_schema", `${path} is no schema: ${why}.`, {
      hint: 'a JSON Schema like {"type":"object","properties":{"total":{"type":"number"}}}',
      cause,
    });
  let value: unknown;
  try {
    value = /\.[cm]?[jt]s$/.test(path)
      ? ((await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }).default
      : JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw bad((cause as Error).message, cause);
  }
  if (typeof value !== "object" || value === null) throw bad("it exports no schema by default");
  return "_zod" in value
    ? (z.toJSONSchema(value as z.ZodType) as Record<string, unknown>)
    : (value as Record<string, unknown>);
}
