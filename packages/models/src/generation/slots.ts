import { LoamError, throwIfCancelled } from "@loam/core";

/** More is asked for than can wait. */
export class QueueFullError extends LoamError {
  constructor(waiting: number) {
    super("queue_full", `The model is busy, and ${waiting} requests wait for it already.`, {
      details: { waiting, retryAfterSeconds: 5, openaiCode: "rate_limit_exceeded" },
      hint: "try again in a few seconds",
      status: 429,
      exitCode: 5,
    });
  }
}

interface Waiting {
  owner: string;
  go: () => void;
}

/** So many texts are written at a time; the others wait, each owner in turn, and too many are refused. */
export class Slots {
  readonly #count: number;
  readonly #queueLimit: number;
  #busy = 0;
  #queue: Waiting[] = [];
  /** Owners in the order in which they were served, the one served last at the end. */
  #served: string[] = [];

  constructor({ count = 8, queueLimit = 128 }: { count?: number; queueLimit?: number } = {}) {
    this.#count = count;
    this.#queueLimit = queueLimit;
  }

  /** How many texts are being written. */
  get busy(): number {
    return this.#busy;
  }

  /**
   * Waits for a slot. @returns what gives it back.
   *
   * @throws {QueueFullError} {@link CancelledError} when the signal fires while it waits.
   */
  async take({ owner = "", signal }: { owner?: string; signal?: AbortSignal } = {}): Promise<() => void> {
    throwIfCancelled(signal, "Generation");
    if (this.#busy < this.#count) {
      this.#busy++;
      this.#note(owner);
    } else {
      if (this.#queue.length >= this.#queueLimit) throw new QueueFullError(this.#queue.length);
      await this.#wait(owner, signal);
    }
    let held = true;
    return () => {
      if (held) this.#next();
      held = false;
    };
  }

  #wait(owner: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#queue = this.#queue.filter((other) => other !== waiting);
        try {
          throwIfCancelled(signal, "Generation");
        } catch (error) {
          reject(error);
        }
      };
      const waiting: Waiting = {
        owner,
        go: () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#queue.push(waiting);
    });
  }

  /** Hands a slot on to whoever waits and whose owner was served longest ago. */
  #next(): void {
    let chosen: Waiting | undefined;
    for (const waiting of this.#queue) {
      if (!chosen || this.#served.indexOf(waiting.owner) < this.#served.indexOf(chosen.owner)) chosen = waiting;
    }
    if (!chosen) {
      this.#busy--;
      return;
    }
    this.#queue = this.#queue.filter((other) => other !== chosen);
    this.#note(chosen.owner);
    chosen.go();
  }

  #note(owner: string): void {
    this.#served = [...this.#served.filter((other) => other !== owner), owner];
    const waiting = new Set(this.#queue.map((other) => other.owner));
    if (this.#served.length > 1000)
      this.#served = this.#served.filter((other) => waiting.has(other) || other === owner);
  }
}
