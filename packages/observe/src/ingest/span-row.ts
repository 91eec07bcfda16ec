import { storableJson } from "@loam/store/storable";
import type { SpanRecord } from "../record/span-record.ts";

/** Name and type of each column, in the order of the statement that writes them. */
export const spanColumns = {
  trace_id: "text",
  span_id: "text",
  parent_span_id: "text",
  name: "text",
  kind: "text",
  start_us: "bigint",
  end_us: "bigint",
  status: "text",
  status_message: "text",
  attributes: "jsonb",
  events: "jsonb",
  input: "jsonb",
  output: "jsonb",
  model: "text",
  provider: "text",
  input_tokens: "integer",
  output_tokens: "integer",
  cache_read_tokens: "integer",
  cache_write_tokens: "integer",
  reasoning_tokens: "integer",
  cost_usd: "double precision",
  project: "text",
  session_id: "text",
  user_id: "text",
  tags: "jsonb",
  metadata: "jsonb",
  dialect: "text",
  origin: "jsonb",
} as const;

/** A span ready for the database: its row as JSON, and what the row of its trace takes from it. */
export interface SpanRow
  extends Pick<
    SpanRecord,
    "traceId" | "spanId" | "parentSpanId" | "startUs" | "endUs" | "status" | "project" | "sessionId" | "userId"
  > {
  /** It is an update of a span that says nothing of where it belongs. */
  isPartial: boolean;
  json: string;
}

export function toSpanRow(record: SpanRecord): SpanRow {
  const { traceId, spanId, parentSpanId, startUs, endUs, status, project, sessionId, userId, origin } = record;
  const row: Record<keyof typeof spanColumns, unknown> = {
    trace_id: traceId,
    span_id: spanId,
    parent_span_id: parentSpanId,
    name: record.name,
    kind: record.kind,
    start_us: startUs,
    end_us: endUs,
    status,
    status_message: record.statusMessage,
    attributes: record.attributes,
    events: record.events,
    input: record.input,
    output: record.output,
    model: record.model,
    provider: record.provider,
    input_tokens: integer(record.inputTokens),
    output_tokens: integer(record.outputTokens),
    cache_read_tokens: integer(record.cacheReadTokens),
    cache_write_tokens: integer(record.cacheWriteTokens),
    reasoning_tokens: integer(record.reasoningTokens),
    cost_usd: record.costUsd,
    project,
    session_id: sessionId,
    user_id: userId,
    tags: record.tags,
    metadata: record.metadata,
    dialect: record.dialect,
    origin,
  };
  return {
    ...{ traceId, spanId, parentSpanId, startUs, endUs, status, project, sessionId, userId },
    isPartial: origin?.partial !== undefined,
    json: storableJson(row),
  };
}

/** A count as the column holds it. */
function integer(count: number | null): number | null {
  return count === null ? null : Math.min(2 ** 31 - 1, Math.max(0, Math.round(count)));
}
