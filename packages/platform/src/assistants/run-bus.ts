import type { RunEvent } from "./types.ts";

type Listener = (event: RunEvent) => void;

/** Carries the events of runs from whoever works on them to whoever follows them in the same process. */
export class RunBus {
  readonly #listeners = new Map<string, Set<Listener>>();

  emit(runId: string, event: RunEvent): void {
    for (const listener of this.#listeners.get(runId) ?? []) listener(event);
  }

  /** Events from now on, until it is closed. */
  listen(runId: string): RunListening {
    const queue: RunEvent[] = [];
    let wake = () => {};
    const listener = (event: RunEvent) => {
      queue.push(event);
      wake();
    };
    const listeners = this.#listeners.get(runId) ?? new Set();
    this.#listeners.set(runId, listeners.add(listener));
    return {
      next: async (withinMs) => {
        if (queue.length === 0) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, withinMs);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        return queue.shift();
      },
      close: () => {
        listeners.delete(listener);
        if (listeners.size === 0) this.#listeners.delete(runId);
      },
    };
  }
}

export interface RunListening {
  /** The next event; undefined when none comes within the time. */
  next(withinMs: number): Promise<RunEvent | undefined>;
  close(): void;
}
