import { z } from "zod";
import { ArgumentError, nearestName } from "../errors/errors.ts";
import { describeSchema, type FieldSchema, fieldNames } from "./describe-schema.ts";

/**
 * The value with its defaults filled in. Every front end reads its input through this, so that a bad value is met with
 * the same sentence in a program, on the command line, over HTTP and in a form.
 *
 * @throws {ArgumentError} for the first field that does not fit, with its value and what was expected.
 */
export function parseInput<S extends z.ZodObject>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw inputError(schema, value, parsed.error);
}

/** The error for what zod found wrong with a value. */
export function inputError(schema: z.ZodObject, value: unknown, { issues }: z.ZodError): ArgumentError {
  const issue = issues[0]!;
  const root = fieldSchemas(schema);
  if (issue.code === "unrecognized_keys") {
    const name = issue.keys[0]!;
    const within = at(root, issue.path);
    const known = Object.keys(within?.properties ?? {});
    const near = nearestName(name, known);
    const path = pathName([...issue.path, name]);
    return new ArgumentError(
      path,
      valueAt(value, [...issue.path, name]),
      `no field of that name, but ${fieldNames(known)}`,
      near && `did you mean \`${pathName([...issue.path, near])}\`?`,
    );
  }
  const field = at(root, issue.path);
  // A rule that a schema cannot say ("one of `a` and `b`") brings its own words.
  const expected = issue.code === "custom" || !field ? issue.message : describeSchema(field);
  return new ArgumentError(
    issue.path.length > 0 ? pathName(issue.path) : "input",
    valueAt(value, issue.path),
    expected,
  );
}

/** The JSON Schema of an input as it is given: fields with a default need not be there. */
export function fieldSchemas(schema: z.ZodObject): FieldSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as FieldSchema;
}

/** `documents[0].id`. */
function pathName(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`)).join("");
}

function at(schema: FieldSchema, path: readonly PropertyKey[]): FieldSchema | undefined {
  let here: FieldSchema | undefined = schema;
  for (const key of path) {
    here = typeof key === "number" ? (here?.prefixItems?.[key] ?? here?.items) : here?.properties?.[String(key)];
    if (here?.anyOf) here = here.anyOf.find(({ items, properties }) => items || properties) ?? here;
  }
  return here;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) here = (here as Record<PropertyKey, unknown> | undefined)?.[key];
  return here;
}
