import { NotFoundError, type ProgressEvent } from "@loam/core";
import { newId, type RunError, type RunProgress, runArtifacts, runs, runTexts, type Store } from "@loam/store";
import { eq, sql } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import { ensureProject } from "../projects/projects.ts";
import { deletePointsFrom, type MetricPoint, writePoints } from "./points.ts";

export interface StoreRecorderOptions {
  /** A run that is there already (queued, or stopped earlier) and goes on; left out, `start` makes one. */
  run?: string;
  /** What is run. */
  kind?: string;
  experiment?: string;
  /** What the run is found by; added to those that it has. */
  tags?: Readonly<Record<string, string>>;
  flushEveryMs?: number;
  heartbeatEveryMs?: number;
  /** How long `finish` goes on trying where the database cannot be reached. */
  finishWithinMs?: number;
}

/** How a run ended. */
export interface RunOutcome {
  status: "finished" | "failed" | "cancelled";
  error?: string | RunError;
}

/**
 * Writes a run down in the store. It has the shape of the trainer's `RunRecorder`, and of what any other program that
 * has parameters, numbers per step and results needs.
 */
export interface StoreRecorder {
  /** Known before `start`, so that it can be told to others. */
  readonly id: string;
  start(run: { name: string; params: Readonly<Record<string, unknown>> }): Promise<void>;
  metrics(step: number, values: Readonly<Record<string, number>>): void;
  text(step: number, tag: string, text: string): void;
  artifact(path: string): void;
  /** Shown while the run is on its way; the newest replaces the one before. */
  progress(event: ProgressEvent): void;
  /** Results that are no series. */
  summary(values: Readonly<Record<string, unknown>>): void;
  /** Writes what has been said so far. @throws {UnavailableError} when the database cannot be reached; nothing is lost by that. */
  flush(): Promise<void>;
  /** Writes everything, and how it ended. */
  finish(outcome: RunOutcome): Promise<void>;
  /** Writes everything and puts the run back among those that wait, for whoever takes it up next. */
  release(): Promise<void>;
}

/** What has been said and not been written yet. */
interface Pending {
  metrics: MetricPoint[];
  texts: Map<string, { step: number; tag: string; text: string; time: Date }>;
  artifacts: Set<string>;
  summary: Record<string, unknown>;
  progress?: RunProgress;
}

const nothing = (): Pending => ({ metrics: [], texts: new Map(), artifacts: new Set(), summary: {} });

/**
 * A recorder that writes in batches, each in one transaction: a point is written once, or waits in memory until the
 * database answers again. While the run goes on its heartbeat is renewed; once that stops, the run reads as interrupted.
 * A run that goes on from an earlier step forgets what it is about to do again.
 */
export function storeRecorder(store: Store, options: StoreRecorderOptions = {}): StoreRecorder {
  const {
    run: known,
    kind = "tune",
    experiment = "default",
    tags = {},
    flushEveryMs = 1000,
    heartbeatEveryMs = 10_000,
    finishWithinMs = 15_000,
  } = options;
  const id = known ?? newId("run");
  let pending = nothing();
  let writing: Promise<void> = Promise.resolve();
  let lastWrite = 0;
  /** Series that this recorder has written to: what stands beyond their first step is of an earlier attempt. */
  const begun = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const isEmpty = () =>
    pending.metrics.length === 0 &&
    pending.texts.size === 0 &&
    pending.artifacts.size === 0 &&
    pending.progress === undefined &&
    Object.keys(pending.summary).length === 0;

  async function write(batch: Pending): Promise<void> {
    const begins = new Map<string, number>();
    await store.db.transaction(async (tx) => {
      for (const { key, step } of batch.metrics) {
        if (known === undefined || begun.has(key) || begins.has(key)) continue;
        begins.set(key, step);
        await deletePointsFrom(tx, id, key, step);
      }
      await writePoints(tx, id, batch.metrics);
      for (const text of batch.texts.values())
        await tx
          .insert(runTexts)
          .values({ runId: id, ...text })
          .onConflictDoUpdate({
            target: [runTexts.runId, runTexts.tag, runTexts.step],
            set: { text: text.text, time: text.time },
          });
      for (const path of batch.artifacts)
        await tx
          .insert(runArtifacts)
          .values({ id: newId("art"), runId: id, path })
          .onConflictDoNothing();
      await tx
        .update(runs)
        .set({
          heartbeatAt: sql`now()`,
          summary: sql`${runs.summary} || ${sql.param(batch.summary, runs.summary)}`,
          ...(batch.progress && { progress: batch.progress }),
        })
        .where(eq(runs.id, id));
    });
    for (const key of begins.keys()) begun.add(key);
    lastWrite = Date.now();
  }

  /** One batch after the other; what could not be written goes back in front of what has come meanwhile. */
  function flush(): Promise<void> {
    const next = writing.then(async () => {
      if (isEmpty() && Date.now() - lastWrite < heartbeatEveryMs) return;
      const batch = pending;
      pending = nothing();
      try {
        await write(batch);
      } catch (error) {
        pending = {
          metrics: [...batch.metrics, ...pending.metrics],
          texts: new Map([...batch.texts, ...pending.texts]),
          artifacts: new Set([...batch.artifacts, ...pending.artifacts]),
          summary: { ...batch.summary, ...pending.summary },
          progress: pending.progress ?? batch.progress,
        };
        throw error;
      }
    });
    writing = next.catch(() => {});
    return next;
  }

  /** The last write, tried again for a while where the database is away. */
  async function end(row: PgUpdateSetSource<typeof runs>): Promise<void> {
    clearInterval(timer);
    const deadline = Date.now() + finishWithinMs;
    for (let delayMs = 100; ; delayMs *= 2) {
      try {
        await flush();
        await store.db.update(runs).set(row).where(eq(runs.id, id));
        return;
      } catch (cause) {
        if (Date.now() + delayMs > deadline) throw cause;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  return {
    id,
    start: async ({ name, params }) => {
      if (known === undefined) {
        await ensureProject(store, experiment);
        await store.db.insert(runs).values({
          id,
          kind,
          experiment,
          name,
          params,
          tags,
          summary: {},
          status: "running",
          startedAt: sql`now()`,
          heartbeatAt: sql`now()`,
        });
      } else {
        const [row] = await store.db
          .update(runs)
          .set({
            params,
            tags: sql`${runs.tags} || ${sql.param(tags, runs.tags)}`,
            status: "running",
            startedAt: sql`coalesce(${runs.startedAt}, now())`,
            finishedAt: null,
            error: null,
            heartbeatAt: sql`now()`,
          })
          .where(eq(runs.id, id))
          .returning({ id: runs.id });
        if (!row) throw new NotFoundError("run", id, { hint: "leave `run` out to start a new one" });
      }
      lastWrite = Date.now();
      // A failed write waits for the next one; `finish` says so if there is none that succeeds.
      timer = setInterval(() => void flush().catch(() => {}), flushEveryMs);
      timer.unref();
    },
    metrics: (step, values) => {
      const timeMs = Date.now();
      for (const [key, value] of Object.entries(values)) {
        pending.metrics.push({ step, key, value, timeMs });
        pending.summary[key] = value;
      }
    },
    text: (step, tag, text) => void pending.texts.set(`${step} ${tag}`, { step, tag, text, time: new Date() }),
    artifact: (path) => void pending.artifacts.add(path),
    progress: ({ task, unit, done, total, etaMs, message }) => {
      pending.progress = { task, unit, done, total, etaMs, message };
    },
    summary: (values) => void Object.assign(pending.summary, values),
    flush,
    finish: ({ status, error }) => {
      const reason: RunError | null = typeof error === "string" ? { code: status, message: error } : (error ?? null);
      return end({ status, error: reason, finishedAt: sql`now()`, heartbeatAt: sql`now()` });
    },
    release: () => end({ status: "queued" }),
  };
}
