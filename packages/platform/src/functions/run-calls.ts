import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentError, CancelledError, LoamError } from "@loam/core";
import type { FunctionRegistry } from "./function-registry.ts";
import type { CallContext, ServerFunction } from "./server-function.ts";

/** A call as a model made it; `input` is JSON text. */
export interface WantedCall {
  id: string;
  name: string;
  input: string;
}

/** What came of a call. */
export type CallOutcome =
  | { id: string; name: string; status: "done"; output: string; ms: number; attempts: number }
  /** It failed, timed out, or somebody refused it; `output` tells the model so. */
  | {
      id: string;
      name: string;
      status: "failed" | "refused";
      output: string;
      code: string;
      ms: number;
      attempts: number;
    };

export interface RunCallsOptions {
  /** Of functions that say nothing themselves. */
  timeoutMs?: number;
  retries?: number;
  /** Calls that run at once. */
  concurrency?: number;
  /** Asked before a function that is marked `confirm` runs; left out, such calls are refused. */
  confirm?: (call: WantedCall, definition: ServerFunction) => boolean | Promise<boolean>;
  signal?: AbortSignal;
}

const defaultTimeoutMs = 30_000;
const defaultConcurrency = 8;
/** Before the second attempt; each one after waits twice as long. */
const pauseMs = 200;

/**
 * Runs the calls of an answer side by side. Each ends with an output: what went wrong with one is told to the model as its
 * output and keeps no other from running.
 *
 * @throws {CancelledError} once the signal fires.
 */
export async function runCalls(
  registry: FunctionRegistry,
  calls: readonly WantedCall[],
  options: RunCallsOptions = {},
): Promise<CallOutcome[]> {
  const { concurrency = defaultConcurrency, signal } = options;
  const outcomes = new Array<CallOutcome>(calls.length);
  let next = 0;
  const work = async () => {
    while (next < calls.length) {
      const index = next++;
      outcomes[index] = await runCall(registry, calls[index]!, options);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, calls.length)) }, work));
  if (signal?.aborted) throw new CancelledError("The calls", { cause: signal.reason });
  return outcomes;
}

async function runCall(registry: FunctionRegistry, call: WantedCall, options: RunCallsOptions): Promise<CallOutcome> {
  const started = performance.now();
  const { id, name } = call;
  let attempts = 0;
  const ended = () => ({ ms: performance.now() - started, attempts });
  try {
    const definition = registry.get(name);
    const values = readArguments(call);
    if (definition.confirm && !(await (options.confirm?.(call, definition) ?? false))) {
      const output = JSON.stringify({ error: `${name} was not run: a person did not agree to it.` });
      return { id, name, status: "refused", code: "not_confirmed", output, ...ended() };
    }
    const { timeoutMs = options.timeoutMs ?? defaultTimeoutMs, retries = options.retries ?? 0 } = definition;
    for (;;) {
      attempts++;
      try {
        const result = await withinTime(definition, values, { timeoutMs, attempt: attempts, signal: options.signal });
        return { id, name, status: "done", output: toOutput(result), ...ended() };
      } catch (error) {
        const isHopeless = error instanceof LoamError && error.status < 500 && error.code !== "timeout";
        if (attempts > retries || isHopeless || options.signal?.aborted) throw error;
        await sleep(pauseMs * 2 ** (attempts - 1), undefined, { signal: options.signal });
      }
    }
  } catch (error) {
    const code = error instanceof LoamError ? error.code : "function_failed";
    const output = JSON.stringify({ error: (error as Error).message });
    return { id, name, status: "failed", code, output, ...ended() };
  }
}

function readArguments({ name, input }: WantedCall): Record<string, unknown> {
  let values: unknown;
  try {
    values = input.trim() === "" ? {} : JSON.parse(input);
  } catch (cause) {
    throw new ArgumentError("arguments", input, `JSON: ${(cause as Error).message}`);
  }
  if (typeof values === "object" && values !== null && !Array.isArray(values)) return values as Record<string, unknown>;
  throw new ArgumentError("arguments", input, `an object of the arguments of ${name}`);
}

/** A handler that does not heed its signal is left behind when its time is over. */
async function withinTime(
  definition: ServerFunction,
  values: Record<string, unknown>,
  { timeoutMs, attempt, signal }: { timeoutMs: number; attempt: number; signal?: AbortSignal },
): Promise<unknown> {
  const stop = new AbortController();
  const timer = setTimeout(
    () =>
      stop.abort(
        new LoamError("timeout", `${definition.name} did not answer within ${timeoutMs} ms.`, { status: 504 }),
      ),
    timeoutMs,
  );
  const all = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const context: CallContext = { signal: all, attempt };
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(all.reason);
    if (all.aborted) onAbort();
    else all.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const running = Promise.resolve().then(() => definition.handler(values, context));
    running.catch(() => {}); // it may fail after it was left behind
    return await Promise.race([running, stopped]);
  } finally {
    clearTimeout(timer);
    all.removeEventListener("abort", onAbort!);
  }
}

function toOutput(result: unknown): string {
  if (typeof result === "string") return result;
  return result === undefined ? "" : JSON.stringify(result);
}
