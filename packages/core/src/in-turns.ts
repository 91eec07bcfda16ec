import { throwIfCancelled } from "./errors/errors.ts";

/** Longest stretch of computing before others get their turn. */
const turnMs = 25;

/** Runs steps to their end at once. */
export function runAtOnce<T>(steps: Generator<void, T>): T {
  let next = steps.next();
  while (!next.done) next = steps.next();
  return next.value;
}

/**
 * Runs steps to their end, letting the rest of the program in between: a server goes on answering.
 *
 * @throws {CancelledError}
 */
export async function runInTurns<T>(
  steps: Generator<void, T>,
  { signal, what }: { signal?: AbortSignal; what: string },
): Promise<T> {
  for (;;) {
    throwIfCancelled(signal, what);
    const end = performance.now() + turnMs;
    do {
      const next = steps.next();
      if (next.done) return next.value;
    } while (performance.now() < end);
    await new Promise(setImmediate);
  }
}
