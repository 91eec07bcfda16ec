import { boolean, doublePrecision, index, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { createdAt, json, loggedJson, loggedText } from "../columns.ts";

/** A number that is watched, and whom to tell when it leaves its bounds. */
export const alertRules = pgTable("alert_rules", {
  id: text("id").primaryKey(),
  name: loggedText("name").notNull(),
  /** Null watches all projects together. */
  project: loggedText("project"),
  /** `AlertCondition` of `@loam/observe`. */
  condition: json("condition").$type<Record<string, unknown>>().notNull(),
  /** `AlertChannel[]` of `@loam/observe`. */
  channels: json("channels").$type<Record<string, unknown>[]>().notNull(),
  level: text("level").$type<"info" | "warn" | "error">().notNull(),
  enabled: boolean("enabled").notNull().default(true),
  /** Firing or not; null until it was first looked at. */
  state: text("state").$type<"ok" | "firing">(),
  /** The number when it was last looked at. */
  value: doublePrecision("value"),
  checkedAt: timestamp("checked_at", { withTimezone: true }),
  changedAt: timestamp("changed_at", { withTimezone: true }),
  createdAt: createdAt(),
});

/** What could not be delivered yet, and what was: a notice is delivered once. */
export const alertNotices = pgTable(
  "alert_notices",
  {
    id: text("id").primaryKey(),
    ruleId: text("rule_id"),
    channel: json("channel").$type<Record<string, unknown>>().notNull(),
    body: loggedJson("body").$type<Record<string, unknown>>().notNull(),
    attempts: integer("attempts").notNull().default(0),
    error: loggedText("error"),
    nextAt: timestamp("next_at", { withTimezone: true }).notNull().defaultNow(),
    sentAt: timestamp("sent_at", { withTimezone: true }),
    createdAt: createdAt(),
  },
  (table) => [index("alert_notices_by_time").on(table.sentAt, table.nextAt)],
);

/** A judgement that new spans get by themselves. */
export const evaluators = pgTable("evaluators", {
  id: text("id").primaryKey(),
  name: loggedText("name").notNull(),
  project: loggedText("project"),
  /** `EvaluatorConfig` of `@loam/observe`: which spans, which metric, how many of them. */
  config: json("config").$type<Record<string, unknown>>().notNull(),
  enabled: boolean("enabled").notNull().default(true),
  /** Up to which span it has come: `{ startUs, spanId }`. */
  cursor: json("cursor").$type<{ startUs: number; spanId: string }>(),
  spentUsd: doublePrecision("spent_usd").notNull().default(0),
  error: loggedText("error"),
  createdAt: createdAt(),
});
