import { bigint, doublePrecision, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { cleanText, json } from "./columns.ts";

/** What happened inside a span at one moment. */
export type SpanEvent = { name: string; timeUs: number; attributes?: Record<string, unknown> };

/** One step of a trace, as OpenTelemetry has it. Ids are the hex strings of W3C Trace Context. */
export const spans = pgTable(
  "spans",
  {
    traceId: text("trace_id").notNull(),
    spanId: text("span_id").notNull(),
    parentSpanId: text("parent_span_id"),
    name: cleanText("name").notNull(),
    /** `chain`, `llm`, `tool`, `retriever`, `embedding`, …: what `@loam/observe` calls a span kind. */
    kind: text("kind").notNull(),
    /** Microseconds since 1970: exact in a JavaScript number until the year 2255, which a timestamptz is not. */
    startUs: bigint("start_us", { mode: "number" }).notNull(),
    endUs: bigint("end_us", { mode: "number" }),
    status: text("status").$type<"unset" | "ok" | "error">().notNull().default("unset"),
    statusMessage: cleanText("status_message"),
    attributes: json("attributes").$type<Record<string, unknown>>().notNull(),
    events: json("events").$type<SpanEvent[]>().notNull(),
    input: json("input"),
    output: json("output"),
    model: cleanText("model"),
    provider: cleanText("provider"),
    /** Cached and reasoning tokens are part of input and output. */
    inputTokens: integer("input_tokens"),
    outputTokens: integer("output_tokens"),
    cacheReadTokens: integer("cache_read_tokens"),
    cacheWriteTokens: integer("cache_write_tokens"),
    reasoningTokens: integer("reasoning_tokens"),
    costUsd: doublePrecision("cost_usd"),
    /** The project (LangSmith), experiment (MLflow) or service (OpenTelemetry) that the trace belongs to. */
    project: cleanText("project").notNull().default("default"),
    /** The conversation or thread. */
    sessionId: cleanText("session_id"),
    userId: cleanText("user_id"),
    tags: json("tags").$type<string[]>(),
    /** Names and values that the caller hung on the span. */
    metadata: json("metadata").$type<Record<string, unknown>>(),
    /** The vocabulary it arrived in. */
    dialect: text("dialect"),
    /** What only the protocol of its origin knows how to read, kept to be given back. */
    origin: json("origin").$type<Record<string, unknown>>(),
  },
  (table) => [
    primaryKey({ columns: [table.traceId, table.spanId] }),
    index("spans_by_start").on(table.startUs),
    index("spans_by_project").on(table.project, table.startUs),
    index("spans_by_id").on(table.spanId),
  ],
);
