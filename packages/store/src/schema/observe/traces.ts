import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea, loggedJson, loggedText } from "../columns.ts";

/**
 * A trace in one row, so that a list of traces never reads spans. It is written with the spans; its summary is made
 * when somebody first asks for it after a change.
 */
export const traces = pgTable(
  "traces",
  {
    id: text("id").primaryKey(),
    project: loggedText("project").notNull(),
    startUs: bigint("start_us", { mode: "number" }).notNull(),
    endUs: bigint("end_us", { mode: "number" }).notNull(),
    sessionId: loggedText("session_id"),
    userId: loggedText("user_id"),
    /** Of a span without a parent; null until one is there. */
    rootFailed: boolean("root_failed"),
    /** As the list shows it; null when spans have come since it was made. */
    summary: loggedJson("summary").$type<Record<string, unknown>>(),
    /** Grows with every write, so that a summary made meanwhile is not kept. */
    version: integer("version").notNull().default(0),
    /** What MLflow keeps of a trace beside its spans. */
    info: loggedJson("info").$type<Record<string, unknown>>(),
    /** When it was put into the bin, from which it can be taken back. */
    deletedAt: timestamp("deleted_at", { withTimezone: true }),
    /** Kept whatever the rules of its project say, and not deleted by anybody until this is taken off. */
    legalHold: boolean("legal_hold").notNull().default(false),
    /** When spans of it came last, by the database's clock: who follows traces resumes after it. */
    changedAt: timestamp("changed_at", { withTimezone: true }).notNull().defaultNow(),
    /** Its `trace_words` are those of all its spans. */
    hasWords: boolean("has_words").notNull().default(false),
  },
  (table) => [
    index("traces_by_start").on(table.startUs),
    index("traces_by_project").on(table.project, table.startUs),
    index("traces_by_session").on(table.sessionId),
    index("traces_by_change").on(table.changedAt),
    index("traces_without_words").on(table.startUs).where(sql`not has_words`),
    index("traces_in_bin").on(table.deletedAt).where(sql`deleted_at is not null`),
  ],
);

/**
 * Which three letters in a row occur in a trace, as a Bloom filter with one hash: a search for a text looks at traces only in
 * which all of its letters may be. Made after the spans, by whoever has time; larger for more text.
 */
export const traceWords = pgTable("trace_words", {
  traceId: text("trace_id")
    .primaryKey()
    .references(() => traces.id, { onDelete: "cascade" }),
  bits: bytea("bits").notNull(),
});
