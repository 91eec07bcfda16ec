import {
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { createdAt, loggedJson, loggedText } from "../columns.ts";

/** A search over parameters. Its trials are runs; how the next one is chosen follows from those that there are. */
export const sweeps = pgTable(
  "sweeps",
  {
    id: text("id").primaryKey(),
    project: loggedText("project").notNull(),
    name: loggedText("name"),
    /** `SweepConfig` of `@loam/observe`. */
    config: loggedJson("config").$type<Record<string, unknown>>().notNull(),
    /** The text it was given as, so that the client reads back what it wrote. */
    source: loggedText("source"),
    state: text("state").$type<"running" | "paused" | "finished" | "stopped">().notNull(),
    createdAt: createdAt(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index("sweeps_by_project").on(table.project, table.createdAt)],
);

export const sweepTrials = pgTable(
  "sweep_trials",
  {
    sweepId: text("sweep_id")
      .notNull()
      .references(() => sweeps.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    params: loggedJson("params").$type<Record<string, unknown>>().notNull(),
    state: text("state").$type<"running" | "finished" | "failed" | "stopped" | "waiting">().notNull(),
    /** The name of its run in the project. */
    run: text("run").notNull(),
    /** The objective, as small as possible being best; null until it is known. */
    value: doublePrecision("value"),
    /** How often it was begun: a trial whose worker has died is begun again. */
    attempts: integer("attempts").notNull().default(1),
    worker: text("worker"),
    /** Until when its worker need not be heard of. */
    leaseUntil: timestamp("lease_until", { withTimezone: true }),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.sweepId, table.number] }),
    uniqueIndex("sweep_trials_by_run").on(table.sweepId, table.run),
  ],
);

/** A program that takes trials. */
export const sweepAgents = pgTable("sweep_agents", {
  id: text("id").primaryKey(),
  sweepId: text("sweep_id")
    .notNull()
    .references(() => sweeps.id, { onDelete: "cascade" }),
  host: loggedText("host"),
  createdAt: createdAt(),
  heartbeatAt: timestamp("heartbeat_at", { withTimezone: true }).notNull().defaultNow(),
});
