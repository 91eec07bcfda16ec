import { readFile } from "node:fs/promises";
import { ArgumentError, type Config, InputError, nearestName } from "@loam/core";
import type { ImportedKind } from "@loam/platform";

/** @throws {ArgumentError} naming the nearest kind. */
export function kindsOf(
  only: readonly string[] | undefined,
  known: readonly ImportedKind[],
): readonly ImportedKind[] | undefined {
  const named = only?.map((one) => one.replaceAll("-", "_"));
  const wrong = named?.find((one) => !known.includes(one as ImportedKind));
  if (wrong === undefined) return named?.length ? (named as ImportedKind[]) : undefined;
  const near = nearestName(wrong, known);
  throw new ArgumentError("only", wrong, `one of ${known.join(", ")}`, near && `did you mean ${near}?`);
}

/** The key of the account. @throws {ArgumentError} when there is none. */
export function keyOf({ providers }: Config, name = "OPENAI_API_KEY"): string {
  const key = process.env[name] ?? (name === "OPENAI_API_KEY" ? providers.openai?.apiKey : undefined);
  if (key) return key;
  throw new ArgumentError(
    "key-env",
    name,
    "an environment variable that holds the account's key",
    `export ${name}=sk-…`,
  );
}

/**
 * Threads of a file: ids, one in each line; JSON objects, one in each line; or one JSON list of either.
 *
 * @throws {InputError} naming the line that is neither.
 */
export async function readThreads(path: string): Promise<unknown[]> {
  const text = (await readFile(path, "utf8")).trim();
  if (text.startsWith("[")) return (JSON.parse(text) as unknown[]).map((one, i) => checked(one, path, i + 1));
  const lines = text.split("\n").map((line) => line.trim());
  return lines.flatMap((line, i) => (line === "" ? [] : [checked(parsed(line, path, i + 1), path, i + 1)]));
}

function parsed(line: string, path: string, number: number): unknown {
  if (!/^[{"]/.test(line)) return line;
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new InputError("bad_threads", `${path}, line ${number} is no JSON: ${(cause as Error).message}.`, {
      hint: "write a thread's id, or a thread as JSON, in each line",
      cause,
    });
  }
}

function checked(value: unknown, path: string, number: number): unknown {
  const id = typeof value === "string" ? value : (value as { id?: unknown } | null)?.id;
  if (typeof id === "string" && id.startsWith("thread_")) return value;
  throw new InputError("bad_threads", `${path}, line ${number}: \`id\` is ${JSON.stringify(id)}; expected thread_….`, {
    hint: "write a thread's id, or a thread as JSON, in each line",
  });
}
