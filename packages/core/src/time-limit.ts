import { createContext, Script } from "node:vm";
import { InputError } from "./errors/errors.ts";

const sandbox = createContext({ work: undefined as (() => unknown) | undefined });
const script = new Script("work()", { filename: "time-limit" });

/**
 * Runs what a stranger's file decides the cost of (a template, a regular expression of a tokenizer) and stops it when it
 * takes too long. For short things that are called where nothing can be awaited; what may take long belongs into
 * `withinBudget`, beside the event loop.
 *
 * The work is stopped wherever it is, a regular expression included, and no `finally` of it runs: it must hold nothing.
 *
 * @throws {InputError} `time_limit` when it takes longer than `limitMs`.
 */
export function withinTime<T>(what: string, limitMs: number, work: () => T): T {
  (sandbox as { work?: () => unknown }).work = work;
  try {
    return script.runInContext(sandbox, { timeout: limitMs }) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
    throw new InputError("time_limit", `${what} took more than ${limitMs} ms, and was stopped.`, {
      details: { what, limitMs },
      hint: "the file may have been made to stall its readers: take one from a source you trust",
      cause,
    });
  }
}

/** What a pattern that came from outside finds in a text. @throws {InputError} `time_limit` when it tries too many ways. */
export function execWithinTime(pattern: RegExp, text: string, limitMs = 500): RegExpExecArray | null {
  return withinTime(`Matching the pattern ${String(pattern).slice(0, 200)}`, limitMs, () => pattern.exec(text));
}
