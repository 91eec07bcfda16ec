import { spawn } from "node:child_process";
import { findColumn, InputError, type Row, readRows, throwIfCancelled, UnavailableError } from "@loam/core";
import { readPlaces } from "../retrieval/place.ts";
import { hashOf } from "./dataset.ts";
import type { System, SystemOutput } from "./system.ts";

/**
 * Outputs made elsewhere, in a file (JSON Lines, JSON, CSV, TSV, Excel, Parquet): a row belongs to the dataset's row with the
 * same `id`, or, where the file has no ids, to the one at the same position.
 *
 * @throws {InputError} `no_rows`; `bad_rows` when the column is not there.
 */
export async function predictionsSystem(
  name: string,
  path: string,
  { column, signal }: { column?: string; signal?: AbortSignal } = {},
): Promise<System> {
  const rows: Row[] = [];
  for await (const { row } of readRows(path, { signal })) rows.push(row);
  const [first] = rows;
  if (!first)
    throw new InputError("no_rows", `${path} holds no rows.`, { hint: "give a file with one prediction at least" });
  const names = ["prediction", "output", "hypothesis", "answer", "summary", "text"];
  const from = findColumn(Object.keys(first), column === undefined ? names : [column]);
  if (from === undefined) {
    throw new InputError("bad_rows", `${path} has no column ${JSON.stringify(column ?? "prediction")}.`, {
      hint: `name it with \`predictionColumn\`; the columns are ${Object.keys(first).join(", ")}`,
    });
  }
  const byId = "id" in first ? new Map(rows.map((row) => [String(row.id), row])) : undefined;
  return {
    name,
    version: hashOf([from, rows]),
    reuse: "this-run",
    async run({ id }, { position }) {
      const found = byId ? byId.get(id) : rows[position];
      const value = found?.[from];
      if (value === undefined || value === null) {
        throw new InputError("no_prediction", `${path} has no prediction for row ${id}.`, {
          hint: byId ? "give it a row with that `id`" : `it has ${rows.length} rows; give each dataset row one`,
        });
      }
      return { prediction: typeof value === "string" ? value : JSON.stringify(value) };
    },
  };
}

export interface CommandSystemOptions {
  /** A program with its arguments, or one line for the shell. */
  command: string | readonly string[];
  /** Where it is started. */
  cwd?: string;
  timeoutMs?: number;
  /** Change it when the program starts to answer otherwise: outputs of an unfinished run are then made again. */
  version?: string;
}

/** Longest text taken from a command or a service. */
const maxOutputChars = 4_000_000;

/**
 * A program started for each row: the row as JSON on its standard input; its standard output is the prediction, or a JSON
 * object with `prediction` and, if it likes, `contexts`, their `places`, `citations` and `costUsd`. Another exit code than 0 fails the row.
 */
export function commandSystem(
  name: string,
  { command, cwd, timeoutMs = 120_000, version = "1" }: CommandSystemOptions,
): System {
  const shown = typeof command === "string" ? command : command.join(" ");
  return {
    name,
    version: hashOf(["command", command, version]),
    reuse: "this-run",
    run: ({ fields }, { signal }) =>
      new Promise((resolve, reject) => {
        const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
        const options = { cwd, signal: limit, stdio: "pipe" } as const;
        const child =
          typeof command === "string"
            ? spawn(command, { ...options, shell: true })
            : spawn(command[0]!, command.slice(1), options);
        let [stdout, stderr] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          if (stdout.length < maxOutputChars) stdout += text;
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          stderr = (stderr + text).slice(-2000);
        });
        child.stdin.on("error", () => {}); // it may not care for its input
        child.stdin.end(JSON.stringify(fields));
        child.on("error", (cause) => {
          const why = signal?.aborted
            ? "was stopped"
            : limit.aborted
              ? `took more than ${timeoutMs} ms`
              : cause.message;
          reject(new UnavailableError(shown, why, { cause, hint: "try it by hand with a row on its standard input" }));
        });
        child.on("close", (code) => {
          if (code === 0) resolve(toOutput(stdout));
          else reject(new UnavailableError(shown, `ended with code ${code}: ${stderr.trim() || "no words on stderr"}`));
        });
      }),
  };
}

export interface HttpSystemOptions {
  url: string;
  headers?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  version?: string;
}

/** A service that is sent each row as JSON (POST) and replies with text, or with JSON like a command's. */
export function httpSystem(
  name: string,
  { url, headers = {}, timeoutMs = 120_000, version = "1" }: HttpSystemOptions,
): System {
  return {
    name,
    version: hashOf(["http", url, version]),
    reuse: "this-run",
    async run({ fields }, { signal }) {
      throwIfCancelled(signal, url);
      const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(fields),
        signal: limit,
      }).catch((cause: Error) => {
        const why = limit.aborted && !signal?.aborted ? `took more than ${timeoutMs} ms` : "does not answer";
        throw new UnavailableError(url, why, { hint: "check that the address is right and its server runs", cause });
      });
      const text = (await response.text()).slice(0, maxOutputChars);
      if (!response.ok)
        throw new UnavailableError(url, `answered ${response.status}: ${text.slice(0, 300)}`, {
          hint: "look into the log of that server; the same evaluation goes on where it stopped",
        });
      return toOutput(text);
    },
  };
}

/** Text as it is; a JSON object by its fields. */
function toOutput(text: string): SystemOutput {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{")) return { prediction: trimmed };
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return { prediction: trimmed };
  }
  const { prediction, contexts, places, citations, costUsd } = parsed as Record<string, unknown>;
  if (typeof prediction !== "string") return { prediction: trimmed };
  return {
    prediction,
    ...(Array.isArray(contexts) && { contexts: contexts.map(String) }),
    ...(Array.isArray(places) && { places: places.map((place) => readPlaces(place, "places")) }),
    ...(Array.isArray(citations) && { citations: citations.flatMap((place) => readPlaces(place, "citations")) }),
    ...(typeof costUsd === "number" && { costUsd }),
  };
}
