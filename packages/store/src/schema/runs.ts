import {
  bigint,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { createdAt, loggedJson, loggedText } from "./columns.ts";

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
    experiment: loggedText("experiment").notNull().default("default"),
    name: loggedText("name").notNull(),
    status: text("status").$type<RunStatus>().notNull(),
    /** What went in, nested as it was given. */
    params: loggedJson("params").$type<Record<string, unknown>>().notNull(),
    /** What came out: the newest value of every metric, and results that are no series. */
    summary: loggedJson("summary").$type<Record<string, unknown>>().notNull(),
    /** Names to find it by, and what other programs hang on it. */
    tags: loggedJson("tags").$type<Record<string, string>>().notNull(),
    progress: loggedJson("progress").$type<RunProgress>(),
    error: loggedJson("error").$type<RunError>(),
    createdAt: createdAt(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
    /** When whoever works on it was last heard of, by the database's clock. */
    heartbeatAt: timestamp("heartbeat_at", { withTimezone: true }),
    /** When it was put into the bin, from which it can be taken back. */
    deletedAt: timestamp("deleted_at", { withTimezone: true }),
    /** The name that a client gave it, unique in its experiment: the id of a W&B run, the folder of a TensorBoard one. */
    externalId: loggedText("external_id"),
    /** What only the protocol of its origin knows how to read, kept to be given back. */
    origin: loggedJson("origin").$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [
    index("runs_by_experiment").on(table.experiment, table.createdAt),
    index("runs_by_kind").on(table.kind, table.createdAt),
    uniqueIndex("runs_by_external_id").on(table.experiment, table.externalId),
  ],
);

const runId = () =>
  text("run_id")
    .notNull()
    .references(() => runs.id, { onDelete: "cascade" });

/**
 * One curve of a run, with its current value: the one of the newest step. What a table of runs shows, filters and
 * orders by is read here, without its points.
 */
export const runSeries = pgTable(
  "run_series",
  {
    id: serial("id").primaryKey(),
    runId: runId(),
    key: loggedText("key").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    timeMs: bigint("time_ms", { mode: "number" }).notNull(),
    /** NaN and the infinities are kept as they are. */
    value: doublePrecision("value").notNull(),
    /** Of the finite values; null when there was none. */
    min: doublePrecision("min"),
    max: doublePrecision("max"),
    /** How many steps each of its `run_stretches` is wide; null for a curve that has none yet. */
    stretchWidth: bigint("stretch_width", { mode: "number" }),
    /** Below this step, its stretches are what its points are. A point written before it draws it back. */
    stretchedTo: bigint("stretched_to", { mode: "number" }),
  },
  (table) => [
    uniqueIndex("run_series_by_run").on(table.runId, table.key),
    index("run_series_by_key").on(table.key, table.value),
  ],
);

/** A point of a curve. The same point twice is one; two values at one step are both kept, as MLflow does. */
export const runPoints = pgTable(
  "run_points",
  {
    /** Of `run_series`; not a foreign key, whose check would cost more than the point. Whoever deletes a run deletes these. */
    series: integer("series").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    timeMs: bigint("time_ms", { mode: "number" }).notNull(),
    value: doublePrecision("value").notNull(),
  },
  (table) => [primaryKey({ columns: [table.series, table.step, table.timeMs, table.value] })],
);

/**
 * The corners of some steps of a long curve, each `[value, step, time]`: the lowest, the highest, and one that is no
 * finite number. Made of its points when it is drawn, so that they are not all read again.
 */
export const runStretches = pgTable(
  "run_stretches",
  {
    series: integer("series").notNull(),
    /** Its first step; it ends before the next multiple of the curve's width. */
    start: bigint("start", { mode: "number" }).notNull(),
    low: doublePrecision("low").array(),
    high: doublePrecision("high").array(),
    odd: doublePrecision("odd").array(),
  },
  (table) => [primaryKey({ columns: [table.series, table.start] })],
);

/** A text of one step, such as what the model answered then. */
export const runTexts = pgTable(
  "run_texts",
  {
    runId: runId(),
    tag: loggedText("tag").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    text: loggedText("text").notNull(),
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
    path: loggedText("path").notNull(),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex("run_artifacts_by_path").on(table.runId, table.path)],
);
