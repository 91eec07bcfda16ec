import { InputError, nearestName, show } from "@loam/core";
import type { Context } from "hono";
import { z } from "zod";

/**
 * A request's JSON body as the schema has it. Schemas are strict: a field that is not known is refused by its name and
 * the nearest one.
 *
 * @throws {InputError} naming the field, what is there and what is wanted.
 */
export async function readJson<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const text = await c.req.text();
  if (text.trim() === "") return parseJson({}, schema);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError("invalid_request", `The body is no JSON: ${(cause as Error).message}.`, {
      hint: "send a JSON object with content-type: application/json",
      cause,
    });
  }
  return parseJson(value, schema);
}

/** @throws {InputError} */
export function parseJson<Schema extends z.ZodType>(value: unknown, schema: Schema, at = ""): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues[0]!);
  if (issue.code === "unrecognized_keys") {
    const name = pathName(at, [...issue.path, issue.keys[0]!]);
    const known = keysOf(schema, issue.path);
    const near =
      otherNames[issue.keys[0]!]?.find((other) => known.includes(other)) ?? nearestName(issue.keys[0]!, known);
    throw new InputError("invalid_request", `Unknown parameter: \`${name}\`.`, {
      details: { name, openaiCode: "unknown_parameter" },
      hint: near ? `did you mean \`${near}\`?` : "leave it out",
    });
  }
  const name = pathName(at, issue.path) || "body";
  const missing = issue.input === undefined;
  if (missing)
    throw new InputError("invalid_request", `Missing required parameter: \`${name}\`.`, {
      details: { name, openaiCode: "missing_required_parameter" },
      hint: `it is expected here (${issue.message})`,
    });
  const openaiCode = issue.code === "invalid_type" ? "invalid_type" : "invalid_value";
  throw new InputError("invalid_request", `\`${name}\` is ${show(issue.input)}: ${issue.message}.`, {
    details: { name, openaiCode },
  });
}

/** What a field of one of OpenAI's requests is called in another. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  max_tokens: ["max_output_tokens", "max_completion_tokens"],
  max_completion_tokens: ["max_output_tokens", "max_tokens"],
  max_output_tokens: ["max_completion_tokens", "max_tokens"],
  messages: ["input", "prompt"],
  input: ["messages", "prompt"],
  prompt: ["messages", "input"],
  response_format: ["text"],
  reasoning_effort: ["reasoning"],
  functions: ["tools"],
};

/** Of a union's branches, the complaint of the one that went furthest. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const inner = issue.errors
    .flatMap((branch) => branch.slice(0, 1).map(deepest))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!inner || inner.path.length === 0) return issue;
  return { ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue;
}

/** `messages[2].content`: as OpenAI names what is inside a list. */
function pathName(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name ? `${name}.${String(key)}` : String(key);
  }, at);
}

/** The names that a strict object knows, at a path into the schema. */
function keysOf(schema: z.ZodType | undefined, path: readonly PropertyKey[]): string[] {
  const at = path.reduce<z.ZodType | undefined>((inner, key) => {
    const bare = unwrapped(inner);
    if (bare instanceof z.ZodObject) return bare.shape[key as string] as z.ZodType | undefined;
    return bare instanceof z.ZodArray ? (bare.element as z.ZodType) : undefined;
  }, schema);
  const bare = unwrapped(at);
  if (bare instanceof z.ZodObject) return Object.keys(bare.shape);
  if (bare instanceof z.ZodUnion) return bare.options.flatMap((option) => keysOf(option as z.ZodType, []));
  return [];
}

/** A schema without what says that it may be left out. */
function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrapped(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodPipe ? unwrapped(schema.in as z.ZodType) : schema;
}
