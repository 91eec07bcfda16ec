import { CancelledError, InputError, LoamError, type OnProgress, UnavailableError } from "@loam/core";
import type { Store, WorkError } from "@loam/store";
import { type Claim, claimWork, endDeadLeases, type Outcome, renewClaim, settleClaim, updateClaimed } from "./claim.ts";
import { appendEvents, type NewEvent } from "./events.ts";
import { Waiting, type WorkControls, type WorkKind } from "./kind.ts";
import { storeAway } from "./store-away.ts";
import { listen } from "./wake.ts";

export interface WorkerOptions {
  /** A worker that is silent for this long has lost its work; 30 when left out. */
  leaseSeconds?: number;
  /** How often the queue is asked for what other processes have put there; 500 when left out. */
  pollMs?: number;
  /** The first delay before a failure is tried again; each next one is twice as long. 2 when left out. */
  retryDelaySeconds?: number;
}

export interface Worker {
  /** Takes nothing more, and puts what it has in hand back in the queue at its last checkpoint. */
  stop(): Promise<void>;
}

/** The longest delay before another attempt, of kinds that do not say. */
const usualLongestDelaySeconds = 300;
/** Events and progress are written together this often. */
const flushMs = 150;

/**
 * Works off the queue for these kinds until it is stopped. Any number of workers, in any number of processes, may share
 * a store.
 */
export function runWorker(
  store: Store,
  kinds: readonly WorkKind[],
  { leaseSeconds = 30, pollMs = 500, retryDelaySeconds = 2 }: WorkerOptions = {},
): Worker {
  const stopping = new AbortController();
  const inHand = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let again = false;

  /** Claims as long as there is something and a free hand for it. */
  const look = async (): Promise<void> => {
    do {
      again = false;
      const free = kinds.filter(({ name, concurrency = 1 }) => (inHand.get(name) ?? 0) < concurrency);
      const names = free.map(({ name }) => name);
      const claim = stopping.signal.aborted ? undefined : await claimWork(store, names, { leaseSeconds });
      if (!claim) continue;
      again = true;
      const kind = kinds.find(({ name }) => name === claim.record.kind)!;
      inHand.set(kind.name, (inHand.get(kind.name) ?? 0) + 1);
      const run = runClaim(store, kind, claim, { leaseSeconds, retryDelaySeconds, stop: stopping.signal })
        .catch(() => {}) // the store is away: the lease runs out, and somebody takes it up
        .finally(() => {
          inHand.set(kind.name, inHand.get(kind.name)! - 1);
          running.delete(run);
          wake();
        });
      running.add(run);
    } while (again);
  };
  const wake = () => {
    again = true;
    if (stopping.signal.aborted) return;
    looking ??= look()
      .catch(() => {}) // the next turn asks again
      .finally(() => {
        looking = undefined;
      });
  };
  const timer = setInterval(wake, pollMs);
  const deaf = listen(
    kinds.map(({ name }) => name),
    wake,
  );
  endDeadLeases(store)
    .catch(() => {}) // the store is away: the leases end by themselves
    .finally(wake);
  for (const { recover } of kinds) recover?.().catch(() => {}); // the store is away: the next start looks again
  return {
    stop: async () => {
      clearInterval(timer);
      deaf();
      stopping.abort(new CancelledError("the worker"));
      await looking;
      await Promise.all(running);
    },
  };
}

/** How a claim is worked off. */
interface ClaimOptions {
  leaseSeconds: number;
  retryDelaySeconds: number;
  stop: AbortSignal;
  /** Told how it ended, and what was thrown, before that is written. */
  onEnd?: (outcome: Outcome, error: unknown) => Outcome;
  onProgress?: OnProgress;
}

/** Works off one claim and writes how it ended. */
export async function runClaim(
  store: Store,
  kind: WorkKind,
  claim: Claim,
  { leaseSeconds, retryDelaySeconds, stop, onProgress, onEnd = (outcome) => outcome }: ClaimOptions,
): Promise<void> {
  const ended = new AbortController();
  let reason: "cancel" | "pause" | "lost" | "stop" | undefined;
  const end = (why: NonNullable<typeof reason>) => {
    reason ??= why;
    ended.abort(new CancelledError(`the work ${claim.record.name}`));
  };
  const ask = async () => {
    const asked = await renewClaim(store, claim, { leaseSeconds }).catch(() => null); // the next beat tells
    if (asked) end(asked);
  };
  const beat = setInterval(ask, (leaseSeconds * 1000) / 6);
  const deaf = listen([claim.id], ask);
  const onStop = () => end("stop");
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();

  const journal = new Journal(store, claim, () => end("lost"));
  let outcome: Outcome;
  try {
    if (claim.record.asked) end(claim.record.asked);
    requireAttempts(claim);
    const input = kind.parse(claim.record.input);
    const controls = controlsOf(claim, journal, ended.signal);
    const progress: OnProgress = (event) => {
      controls.progress(event);
      onProgress?.(event);
    };
    const result = await kind.run(input, { ...controls, progress });
    outcome = onEnd({ status: "finished", result }, undefined);
  } catch (error) {
    outcome = onEnd(outcomeOf(error, reason, claim, { ...kind, retryDelaySeconds }), error);
  } finally {
    clearInterval(beat);
    deaf();
    stop.removeEventListener("abort", onStop);
  }
  await settleClaim(store, claim, outcome, await journal.close());
}

/** What has ended its worker each time is not tried for ever. */
function requireAttempts({ record, maxAttempts }: Claim): void {
  if (record.attempts <= maxAttempts) return;
  throw new InputError(
    "worker_lost",
    `${JSON.stringify(record.name)} was taken up ${maxAttempts} times, and its worker died each time.`,
    { details: { attempts: maxAttempts }, hint: "look at the log of the worker; `loam work resume` tries again" },
  );
}

function controlsOf(claim: Claim, journal: Journal, signal: AbortSignal): WorkControls {
  let value: unknown = claim.record.checkpoint ?? undefined;
  return {
    work: claim.record,
    signal,
    emit: (event) => journal.add(toEntry(event)),
    progress: journal.progress,
    checkpoint: {
      get value() {
        return value;
      },
      write: async (next) => {
        await journal.writeCheckpoint(next);
        value = next;
      },
    },
    wait: (why, data) => {
      throw new Waiting(why, data);
    },
  };
}

/** An event with a `type` is written under it, the rest being its data. */
function toEntry(event: unknown): NewEvent {
  if (typeof event !== "object" || event === null || !("type" in event)) return { type: "event", data: event };
  const { type, ...data } = event;
  return { type: String(type), data };
}

interface Delays {
  retryDelaySeconds: number;
  longestDelaySeconds?: number;
}

function outcomeOf(
  error: unknown,
  reason: "cancel" | "pause" | "lost" | "stop" | undefined,
  { record, maxAttempts }: Claim,
  { retryDelaySeconds, longestDelaySeconds = usualLongestDelaySeconds }: Delays,
): Outcome {
  if (error instanceof Waiting) return { status: "waiting", reason: error.reason, data: error.data };
  if (reason === "cancel") return { status: "cancelled" };
  if (reason === "pause") return { status: "waiting", reason: "paused" };
  if (reason) return { status: "queued", delaySeconds: 0, free: true };
  const said = toWorkError(error);
  // The store being away is no attempt of the work's: it waits, with the reason shown, for as long as that takes.
  const away = storeAway(error);
  if (away) return { status: "queued", delaySeconds: 2 * retryDelaySeconds, error: away.toJSON(), free: true };
  const mayPass = !(error instanceof LoamError) || error instanceof UnavailableError;
  if (!mayPass || record.attempts >= maxAttempts) return { status: "failed", error: said };
  const delaySeconds = Math.min(retryDelaySeconds * 2 ** (record.attempts - 1), longestDelaySeconds);
  return { status: "queued", delaySeconds, error: said, free: false };
}

function toWorkError(error: unknown): WorkError {
  if (error instanceof LoamError) return error.toJSON();
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

/** Gathers events and progress, and writes them together. */
class Journal {
  readonly #store: Store;
  readonly #claim: Claim;
  readonly #onLost: () => void;
  #entries: NewEvent[] = [];
  #progress: Parameters<OnProgress>[0] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, claim: Claim, onLost: () => void) {
    this.#store = store;
    this.#claim = claim;
    this.#onLost = onLost;
  }

  add(entry: NewEvent): void {
    this.#entries.push(entry);
    this.#plan();
  }

  readonly progress: OnProgress = (event) => {
    this.#progress = event;
    this.#plan();
  };

  /**
   * Writes a checkpoint together with the events before it: what a checkpoint has passed is told.
   *
   * @throws {CancelledError} when somebody else has the work now.
   */
  async writeCheckpoint(checkpoint: unknown): Promise<void> {
    await this.#writing;
    const entries = this.#entries.splice(0);
    const holds = await this.#store.db.transaction(async (tx) => {
      if (!(await appendEvents(tx, this.#claim.id, entries, this.#claim))) return false;
      return await updateClaimed({ ...this.#store, db: tx }, this.#claim, { checkpoint });
    });
    if (holds) return;
    this.#onLost();
    throw new CancelledError(`the work ${this.#claim.record.name}`);
  }

  /** Ends the writing; what has not been written goes out with how the work ended. */
  async close(): Promise<NewEvent[]> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#writeProgress().catch(() => {});
    return this.#entries.splice(0);
  }

  #plan(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write()).catch(() => {}); // kept, and tried again with the next
    }, flushMs);
  }

  async #write(): Promise<void> {
    const entries = this.#entries.splice(0);
    try {
      if (!(await appendEvents(this.#store.db, this.#claim.id, entries, this.#claim))) return this.#onLost();
    } catch (error) {
      this.#entries.unshift(...entries);
      this.#plan();
      throw error;
    }
    await this.#writeProgress();
  }

  async #writeProgress(): Promise<void> {
    const progress = this.#progress;
    this.#progress = undefined;
    if (progress) await updateClaimed(this.#store, this.#claim, { progress });
  }
}
