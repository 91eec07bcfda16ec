import { bigint, boolean, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { cleanText, json } from "../columns.ts";

/**
 * A trace in one row, so that a list of traces never reads spans. It is written with the spans; its summary is made
 * when somebody first asks for it after a change.
 */
export const traces = pgTable(
  "traces",
  {
    id: text("id").primaryKey(),
    project: cleanText("project").notNull(),
    startUs: bigint("start_us", { mode: "number" }).notNull(),
    endUs: bigint("end_us", { mode: "number" }).notNull(),
    sessionId: cleanText("session_id"),
    userId: cleanText("user_id"),
    /** Of a span without a parent; null until one is there. */
    rootFailed: boolean("root_failed"),
    /** As the list shows it; null when spans have come since it was made. */
    summary: json("summary").$type<Record<string, unknown>>(),
    /** Grows with every write, so that a summary made meanwhile is not kept. */
    version: integer("version").notNull().default(0),
    /** What MLflow keeps of a trace beside its spans. */
    info: json("info").$type<Record<string, unknown>>(),
  },
  (table) => [
    index("traces_by_start").on(table.startUs),
    index("traces_by_project").on(table.project, table.startUs),
    index("traces_by_session").on(table.sessionId),
  ],
);
