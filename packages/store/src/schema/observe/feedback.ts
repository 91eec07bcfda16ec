import { doublePrecision, index, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { createdAt, loggedJson, loggedText } from "../columns.ts";

/** A judgement of a span, a trace or a project: by a person, an evaluator, a model. */
export const feedback = pgTable(
  "feedback",
  {
    id: text("id").primaryKey(),
    traceId: text("trace_id"),
    spanId: text("span_id"),
    /** The project that an experiment's own score belongs to. */
    project: loggedText("project"),
    key: loggedText("key").notNull(),
    score: doublePrecision("score"),
    value: loggedJson("value"),
    comment: loggedText("comment"),
    correction: loggedJson("correction"),
    /** Who or what judged: `{ type: "api" }`, MLflow's `{ source_type, source_id }`. */
    source: loggedJson("source").$type<Record<string, unknown>>(),
    /** What only the protocol of its origin knows how to read. */
    origin: loggedJson("origin").$type<Record<string, unknown>>(),
    createdAt: createdAt(),
    modifiedAt: timestamp("modified_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index("feedback_by_span").on(table.spanId),
    index("feedback_by_trace").on(table.traceId),
    index("feedback_by_key").on(table.key),
  ],
);
