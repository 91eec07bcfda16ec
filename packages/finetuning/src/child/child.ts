import { type ChildProcess, fork } from "node:child_process";
import { LoamError } from "@loam/core";

/** An error as it travels between processes. */
export interface SentError {
  code: string;
  message: string;
  details?: Record<string, unknown>;
  hint?: string;
  status?: number;
}

/** Starts one of this package's own programs; the same file runs from source and from dist/. */
export function startChild(name: "helper" | "training" | "exports", args: readonly string[] = []): ChildProcess {
  const script = new URL(`../${name}/worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);
  return fork(script, args, { execArgv: [], serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] });
}

export function toSent(error: unknown): SentError {
  if (error instanceof LoamError) return { ...error.toJSON(), status: error.status };
  return { code: "internal_error", message: (error as Error).message };
}

/** The message ends with the hint already. */
export function fromSent({ code, message, details, hint, status }: SentError): LoamError {
  const error = new LoamError(code, message, { details, status });
  return hint === undefined ? error : Object.assign(error, { hint });
}
