import {
  bigint,
  bigserial,
  doublePrecision,
  index,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { cleanText, createdAt, json } from "./columns.ts";

/** Waits for a worker, is worked on, and how it ended. That a running one has died is told from its heartbeat. */
export type RunStatus = "queued" | "running" | "finished" | "failed" | "cancelled";

/** How far a run is, as a `ProgressEvent` says it. */
export type RunProgress = {
  task: string;
  unit: string;
  done: number;
  total?: number;
  etaMs?: number;
  message?: string;
};

/** Why a run failed, as `LoamError.toJSON()` writes it. */
export type RunError = { code: string; message: string; details?: Record<string, unknown>; hint?: string };

/** An experiment run: what went in, how it goes, what came out. Its points, texts and artifacts go when it goes. */
export const runs = pgTable(
  "runs",
  {
    id: text("id").primaryKey(),
    /** What was run: `tune`, or what a program that logs from outside calls it. */
    kind: text("kind").notNull(),
    /** The experiment that it is one of. */
    experiment: cleanText("experiment").notNull().default("default"),
    name: cleanText("name").notNull(),
    status: text("status").$type<RunStatus>().notNull(),
    /** What went in, nested as it was given. */
    params: json("params").$type<Record<string, unknown>>().notNull(),
    /** What came out: the newest value of every metric, and results that are no series. */
    summary: json("summary").$type<Record<string, unknown>>().notNull(),
    /** Names to find it by, and what other programs hang on it. */
    tags: json("tags").$type<Record<string, string>>().notNull(),
    progress: json("progress").$type<RunProgress>(),
    error: json("error").$type<RunError>(),
    createdAt: createdAt(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
    /** When whoever works on it was last heard of, by the database's clock. */
    heartbeatAt: timestamp("heartbeat_at", { withTimezone: true }),
  },
  (table) => [
    index("runs_by_experiment").on(table.experiment, table.createdAt),
    index("runs_by_kind").on(table.kind, table.createdAt),
  ],
);

const runId = () =>
  text("run_id")
    .notNull()
    .references(() => runs.id, { onDelete: "cascade" });

/** A number of one step. The same key may come twice at a step, as MLflow allows; `seq` keeps the order of writing. */
export const runMetrics = pgTable(
  "run_metrics",
  {
    seq: bigserial("seq", { mode: "number" }).primaryKey(),
    runId: runId(),
    key: cleanText("key").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    /** NaN and the infinities are kept as they are. */
    value: doublePrecision("value").notNull(),
    time: timestamp("time", { withTimezone: true }).notNull(),
  },
  (table) => [index("run_metrics_by_key").on(table.runId, table.key, table.step)],
);

/** A text of one step, such as what the model answered then. */
export const runTexts = pgTable(
  "run_texts",
  {
    runId: runId(),
    tag: cleanText("tag").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    text: cleanText("text").notNull(),
    time: timestamp("time", { withTimezone: true }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.tag, table.step] })],
);

/** A file or folder that a run has made. */
export const runArtifacts = pgTable(
  "run_artifacts",
  {
    id: text("id").primaryKey(),
    runId: runId(),
    /** Where it lies on the machine that made it. */
    path: cleanText("path").notNull(),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex("run_artifacts_by_path").on(table.runId, table.path)],
);
