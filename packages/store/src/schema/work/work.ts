import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { createdAt, json, loggedJson, loggedText } from "../columns.ts";

/**
 * Where a piece of work stands. `waiting`: for somebody or something outside (a person who paused it, a tool's output).
 * That the worker of a running one was lost is told from its lease, and read as `interrupted`.
 */
export type StoredWorkStatus = "queued" | "running" | "waiting" | "finished" | "failed" | "cancelled";

/** How far it is, as a `ProgressEvent` says it. */
export type WorkProgress = {
  task: string;
  unit: string;
  done: number;
  total?: number;
  etaMs?: number;
  label?: string;
  message?: string;
};

/** Why it failed, as `LoamError.toJSON()` writes it. */
export type WorkError = { code: string; message: string; details?: Record<string, unknown>; hint?: string };

/** Everything long that Loam does, of every kind. */
export const work = pgTable(
  "work",
  {
    id: text("id").primaryKey(),
    /** The operation that it runs: `ingest`, `tune`, `batch`. */
    kind: text("kind").notNull(),
    /** What people know it by. */
    name: loggedText("name").notNull(),
    status: text("status").$type<StoredWorkStatus>().notNull().default("queued"),
    input: json("input").notNull(),
    progress: loggedJson("progress").$type<WorkProgress>(),
    result: json("result"),
    error: loggedJson("error").$type<WorkError>(),
    /** What it has to go on from, as its kind left it. */
    checkpoint: json("checkpoint"),
    /** The work that it is a part of. */
    parentId: text("parent_id"),
    /** Who asked for it; empty for the one who uses this Loam alone. */
    owner: text("owner").notNull().default(""),
    /** Higher ones are taken first. */
    priority: integer("priority").notNull().default(0),
    /** What somebody asked of it while it ran: to end, or to stop at a checkpoint and wait. Whoever runs it obeys. */
    asked: text("asked").$type<"cancel" | "pause">(),
    /** Times it was taken up, and how often it may be after failures that may pass. */
    attempts: integer("attempts").notNull().default(0),
    maxAttempts: integer("max_attempts").notNull(),
    /** How many events it has. */
    lastSeq: bigint("last_seq", { mode: "number" }).notNull().default(0),
    /** Of several under one key, one may be unsettled. */
    key: text("key"),
    /** The claim under which it is run, and until when that need not be heard of. */
    lease: text("lease"),
    leasedUntil: timestamp("leased_until", { withTimezone: true }),
    /** Not to be taken up before then: a retry's delay. */
    notBefore: timestamp("not_before", { withTimezone: true }),
    createdAt: createdAt(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
  },
  (table) => [
    index("work_to_claim").on(table.kind, table.status, table.priority, table.createdAt),
    index("work_by_parent").on(table.parentId),
    index("work_by_time").on(table.createdAt),
    uniqueIndex("work_once")
      .on(table.kind, table.key)
      .where(sql`key is not null and status in ('queued', 'running', 'waiting')`),
  ],
);

/** What happened in a piece of work, in order. Nothing here is ever changed. */
export const workEvents = pgTable(
  "work_events",
  {
    workId: text("work_id")
      .notNull()
      .references(() => work.id, { onDelete: "cascade" }),
    /** From 1, without gaps within a piece of work. */
    seq: bigint("seq", { mode: "number" }).notNull(),
    /** Grows over all work: what a follower of everything resumes after. */
    position: bigserial("position", { mode: "number" }).notNull(),
    type: text("type").notNull(),
    data: json("data").notNull(),
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.workId, table.seq] }), index("work_events_by_position").on(table.position)],
);
