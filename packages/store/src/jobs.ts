import { randomUUID } from "node:crypto";
import { CancelledError } from "@loam/core";
import { PgBoss } from "pg-boss";
import type { Backend } from "./database.ts";

/** Work that waits in the database until a worker claims it. */
export interface JobQueue {
  /**
   * Accepts a job durably and answers its id; with a `singletonKey` under which a job already waits or runs,
   * nothing is added and the answer is null.
   */
  send(queue: string, data: object, options?: { singletonKey?: string }): Promise<string | null>;
  /**
   * Works the queue off with up to `concurrency` jobs at a time, until this worker or the queue is stopped. A handler
   * that throws is tried again with growing delays; after the last try the job goes to the dead letters.
   */
  work<T extends object>(queue: string, handler: JobHandler<T>, options?: { concurrency?: number }): Promise<JobWorker>;
  /** Ends a job that waits or runs, for good: a running handler's signal fires. */
  cancel(queue: string, id: string): Promise<void>;
  /** Jobs that failed for good, oldest first. */
  deadLetters(queue: string): Promise<DeadLetter[]>;
  /** Sends the dead letters back to the queue they came from; answers how many. */
  redrive(queue: string): Promise<number>;
  /** Claims no more jobs and gives those in hand `timeoutMs` to finish; what is left goes back to the queue. */
  stop(options?: { timeoutMs?: number }): Promise<void>;
}

/** One handler of a queue, until it is stopped. */
export interface JobWorker {
  /** Claims no more jobs, and waits for those in hand. */
  stop(): Promise<void>;
}

/** `signal` fires when the job is cancelled or this worker has lost its claim. `attempt` counts from 1. */
export type JobHandler<T extends object> = (job: {
  id: string;
  data: T;
  attempt: number;
  signal: AbortSignal;
}) => Promise<void>;

/** A job that failed for good. */
export interface DeadLetter {
  id: string;
  data: object;
  /** What the last attempt threw, as data. */
  error: unknown;
  createdAt: Date;
}

export interface JobOptions {
  /** A worker that has not been heard of for this long has lost its claim (its process died). At least 10. */
  claimSeconds?: number;
  /** How often lost claims are looked for. */
  superviseSeconds?: number;
  /** Tries after the first. */
  retryLimit?: number;
  /** The first delay; each next one is about twice as long, up to five minutes. */
  retryDelaySeconds?: number;
}

/** The longest a job may run however alive its worker is; pg-boss allows no more. */
const LONGEST_RUN_SECONDS = 24 * 3600 - 1;

/**
 * The job queue in the store's own database, by pg-boss. Nothing is started (nor a table made) before the first
 * call: a command that has no jobs pays nothing.
 */
export function openJobs(
  backend: Backend,
  { claimSeconds = 30, superviseSeconds = 5, retryLimit = 4, retryDelaySeconds = 2 }: JobOptions = {},
): JobQueue {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => backend.execute(text, values) },
    backend: backend.role === "server" ? "postgres" : "pglite",
    schedule: false,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    registerInstance: false,
  });
  // Its background passes report failures here (the database went away); the next pass tries again.
  boss.on("error", () => {});
  let started: Promise<unknown> | undefined;
  const queues = new Map<string, Promise<void>>();
  /** The jobs in this process's hands. */
  const running = new Map<string, AbortController>();

  async function ready(queue: string): Promise<void> {
    await (started ??= boss.start());
    if (!queues.has(queue)) queues.set(queue, createQueue(queue));
    await queues.get(queue);
  }

  async function createQueue(queue: string): Promise<void> {
    await boss.createQueue(deadQueue(queue), { retryLimit: 0 });
    await boss.createQueue(queue, {
      policy: "exclusive", // one job per key waits or runs
      retryLimit,
      retryDelay: retryDelaySeconds,
      retryBackoff: true,
      retryDelayMax: 300,
      expireInSeconds: LONGEST_RUN_SECONDS,
      heartbeatSeconds: claimSeconds,
      deadLetter: deadQueue(queue),
    });
  }

  return {
    send: async (queue, data, { singletonKey = randomUUID() } = {}) => {
      await ready(queue);
      return await boss.send(queue, data, { singletonKey });
    },
    work: async <T extends object>(queue: string, handler: JobHandler<T>, { concurrency = 1 } = {}) => {
      await ready(queue);
      const options = {
        localConcurrency: concurrency,
        pollingIntervalSeconds: 0.5,
        // A cancel from another process is noticed by the next of these.
        heartbeatRefreshSeconds: claimSeconds / 6,
      };
      const id = await boss.work<T>(queue, options, async ([job]) => {
        if (!job) return;
        const cancelled = new AbortController();
        running.set(job.id, cancelled);
        const signal = AbortSignal.any([job.signal, cancelled.signal]);
        try {
          await handler({ id: job.id, data: job.data, attempt: job.retryCount + 1, signal });
        } finally {
          running.delete(job.id);
        }
      });
      return { stop: () => boss.offWork(queue, { id, wait: true }) };
    },
    cancel: async (queue, id) => {
      await ready(queue);
      await boss.cancel(queue, id);
      running.get(id)?.abort(new CancelledError(`the job ${id}`));
    },
    deadLetters: async (queue) => {
      await ready(queue);
      const letters = await boss.findJobs<object>(deadQueue(queue), { queued: true });
      return letters
        .map((letter) => ({
          id: letter.sourceId ?? letter.id,
          data: letter.data,
          error: letter.sourceOutput,
          createdAt: letter.createdOn,
        }))
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    },
    redrive: async (queue) => {
      await ready(queue);
      return await boss.redrive(deadQueue(queue));
    },
    stop: async ({ timeoutMs = 10_000 } = {}) => {
      if (!started) return;
      await started.catch(() => {});
      await boss.stop({ graceful: true, timeout: timeoutMs });
    },
  };
}

const deadQueue = (queue: string) => `${queue}.dead`;
