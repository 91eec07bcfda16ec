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
  const path = [...(at ? [at] : []), ...issue.path].map(String);
  if (issue.code === "unrecognized_keys") {
    const name = [...path, issue.keys[0]!].join(".");
    const near = nearestName(issue.keys[0]!, keysOf(schema));
    throw new InputError("invalid_request", `Unknown parameter: \`${name}\`.`, {
      details: { name },
      hint: near ? `did you mean \`${near}\`?` : "leave it out",
    });
  }
  const name = path.join(".") || "body";
  const got = issue.input === undefined ? "missing" : `${show(issue.input)}`;
  throw new InputError("invalid_request", `\`${name}\` is ${got}: ${issue.message}.`, { details: { name } });
}

/** Of a union's branches, the complaint of the one that went furthest. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const inner = issue.errors
    .flatMap((branch) => branch.slice(0, 1).map(deepest))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!inner || inner.path.length === 0) return issue;
  return { ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue;
}

function keysOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
