import { z } from "zod";
import { InputError, nearestName, show } from "../errors/errors.ts";
import { ConfigInput } from "./config.ts";

/**
 * Checks one layer of configuration.
 * @throws {InputError} `invalid_config`, naming the source, each wrong value and, for a misspelt key, the nearest one.
 */
export function checkConfig(values: unknown, source: string): ConfigInput {
  const result = ConfigInput.safeParse(values);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describeIssue(issue, values));
  throw new InputError("invalid_config", `${source}: ${problems.map(({ text }) => text).join("; ")}.`, {
    details: { source, problems: problems.map(({ path, text }) => ({ path, text })) },
    hint: problems.find(({ hint }) => hint)?.hint,
  });
}

type Problem = { path: string; text: string; hint?: string };

function describeIssue(issue: z.core.$ZodIssue, values: unknown): Problem[] {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(ConfigInput, issue.path);
    return issue.keys.map((key) => {
      const near = nearestName(key, known);
      return {
        path: path ? `${path}.${key}` : key,
        text: `\`${path ? `${path}.` : ""}${key}\` is no setting`,
        hint: near ? `did you mean \`${path ? `${path}.` : ""}${near}\`?` : `known here: ${known.join(", ")}`,
      };
    });
  }
  const got = issue.path.reduce<unknown>(
    (at, name) => (at as Record<PropertyKey, unknown> | undefined)?.[name],
    values,
  );
  const message = issue.message.replace(/^Invalid [^:]*: /, "").replace(/^Too (small|big): /, "");
  return [{ path, text: `${path ? `\`${path}\`` : "the configuration"} is ${shown(path, got)}: ${message}` }];
}

/** A wrong value is shown, a secret is not. */
function shown(path: string, got: unknown): string {
  return isSecret(path) ? "not usable" : show(got);
}

/** Whether a value must never be shown whole. */
export function isSecret(path: string): boolean {
  return /(^|\.)(token|apiKey|databaseUrl)$/.test(path);
}

/** The names that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType = schema;
  for (const name of path) {
    at = unwrap(at);
    at = at instanceof z.ZodRecord ? (at.valueType as z.ZodType) : (at as z.ZodObject).shape[String(name)]!;
  }
  at = unwrap(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}
