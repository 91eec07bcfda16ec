import { CancelledError, LoamError } from "../errors/errors.ts";
import { OutOfMemory, TaskThread } from "./task-thread.ts";

/** What a task may cost before it is stopped from outside. */
export interface Budget {
  seconds: number;
  /** Of JavaScript's heap and of array buffers each. */
  memoryMiB: number;
  signal?: AbortSignal;
}

/** A task used up its budget. It was stopped; nothing else was. */
export class BudgetError extends LoamError {
  constructor(what: string, used: string) {
    super("budget_exceeded", `${what} took more than ${used}, and was stopped.`, {
      details: { what, used },
      hint: "give it less: shorter texts, a smaller file, a simpler pattern",
      status: 422,
      exitCode: 3,
    });
  }
}

/**
 * Runs what a request decides the cost of (a metric over two long texts, somebody's template or regular expression, a
 * file from a stranger) in a thread of its own, which is ended when it is over budget. The event loop goes on.
 *
 * @param task.module exports the task as a function of one argument, `task.name`; both ways, values are copied.
 * @throws {BudgetError} when the seconds or the memory are used up.
 * @throws {CancelledError} when the signal fires.
 */
export async function withinBudget<Result>(
  { module, name, what }: { module: URL; name: string; what: string },
  input: unknown,
  { seconds, memoryMiB, signal }: Budget,
): Promise<Result> {
  if (signal?.aborted) throw new CancelledError(what, { cause: signal.reason });
  const thread = TaskThread.take(module, memoryMiB);
  const stopped = Promise.withResolvers<never>();
  const timer = setTimeout(() => stopped.reject(new BudgetError(what, `${seconds} s`)), seconds * 1000);
  const onAbort = () => stopped.reject(new CancelledError(what, { cause: signal?.reason }));
  signal?.addEventListener("abort", onAbort);
  let mayGoOn = false;
  try {
    const running = thread.run<Result>(name, input);
    running.catch(() => {}); // heard below, unless the budget is used up first
    running.then(
      () => (mayGoOn = true),
      (error) => (mayGoOn = error instanceof LoamError),
    );
    return await Promise.race([running, stopped.promise]);
  } catch (error) {
    throw error instanceof OutOfMemory ? new BudgetError(what, `${memoryMiB} MiB of memory`) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    if (mayGoOn) thread.keep();
    else thread.end();
  }
}
