import { type Database, spans } from "@loam/store";
import { desc, eq, inArray, isNull, lt, and, sql } from "drizzle-orm";
import { NotFoundError } from "@loam/core";
import type { SpanJson, TraceJson, TraceSummaryJson } from "./schemas/trace.ts";

type SpanRow = typeof spans.$inferSelect;

/** The latest traces, newest first; `before` (microseconds since 1970) continues a list. */
export async function listTraces(
  db: Database,
  { limit, beforeUs, status }: { limit: number; beforeUs?: number; status?: "ok" | "error" },
): Promise<{ traces: TraceSummaryJson[]; nextBeforeUs: number | null }> {
  const roots = await db
    .select()
    .from(spans)
    .where(
      and(
        isNull(spans.parentSpanId),
        beforeUs === undefined ? undefined : lt(spans.startUs, beforeUs),
        status === "error" ? eq(spans.status, "error") : status === "ok" ? sql`${spans.status} <> 'error'` : undefined,
      ),
    )
    .orderBy(desc(spans.startUs))
    .limit(limit + 1);
  const shown = roots.slice(0, limit);
  const totals = await totalsOf(
    db,
    shown.map((root) => root.traceId),
  );
  return {
    traces: shown.map((root) => toSummary(root, totals.get(root.traceId))),
    nextBeforeUs: roots.length > limit ? shown.at(-1)!.startUs : null,
  };
}

/** @throws {NotFoundError} */
export async function getTrace(db: Database, id: string): Promise<TraceJson> {
  const rows = await db.select().from(spans).where(eq(spans.traceId, id)).orderBy(spans.startUs);
  const first = rows[0];
  if (!first) throw new NotFoundError("trace", id, { hint: "it may not be written yet: traces are saved in batches" });
  const root = rows.find((row) => row.parentSpanId === null) ?? first;
  const totals = (await totalsOf(db, [id])).get(id);
  return { ...toSummary(root, totals), spans: rows.map((row) => toSpan(row, first.startUs)) };
}

interface Totals {
  spanCount: number;
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  models: string[];
}

async function totalsOf(db: Database, traceIds: string[]): Promise<Map<string, Totals>> {
  if (traceIds.length === 0) return new Map();
  const rows = await db
    .select({
      traceId: spans.traceId,
      spanCount: sql<number>`count(*)::int`,
      inputTokens: sql<number | null>`sum(${spans.inputTokens})::int`,
      outputTokens: sql<number | null>`sum(${spans.outputTokens})::int`,
      costUsd: sql<number | null>`sum(${spans.costUsd})::float8`,
      models: sql<string | null>`string_agg(distinct ${spans.model}, ',')`,
    })
    .from(spans)
    .where(inArray(spans.traceId, traceIds))
    .groupBy(spans.traceId);
  return new Map(
    rows.map(({ traceId, models, ...totals }) => [traceId, { ...totals, models: models?.split(",") ?? [] }]),
  );
}

function toSummary(root: SpanRow, totals: Totals | undefined): TraceSummaryJson {
  return {
    id: root.traceId,
    name: root.name,
    startedAt: new Date(root.startUs / 1000).toISOString(),
    durationMs: root.endUs === null ? null : (root.endUs - root.startUs) / 1000,
    status: root.status,
    statusMessage: root.statusMessage ?? undefined,
    spanCount: totals?.spanCount ?? 1,
    models: totals?.models ?? [],
    inputTokens: totals?.inputTokens ?? null,
    outputTokens: totals?.outputTokens ?? null,
    costUsd: totals?.costUsd ?? null,
    input: preview(root.input),
  };
}

function toSpan(row: SpanRow, traceStartUs: number): SpanJson {
  return {
    id: row.spanId,
    parentId: row.parentSpanId,
    name: row.name,
    kind: row.kind,
    startMs: (row.startUs - traceStartUs) / 1000,
    durationMs: row.endUs === null ? null : (row.endUs - row.startUs) / 1000,
    status: row.status,
    statusMessage: row.statusMessage ?? undefined,
    model: row.model ?? undefined,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    costUsd: row.costUsd,
    input: row.input ?? undefined,
    output: row.output ?? undefined,
    attributes: row.attributes,
    events: row.events.map(({ name, timeUs, attributes }) => ({
      name,
      atMs: (timeUs - traceStartUs) / 1000,
      attributes,
    })),
  };
}

/** The first words of an input, for a list. */
function preview(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const question = typeof value === "object" ? (value as Record<string, unknown>).question : undefined;
  const text = typeof value === "string" ? value : typeof question === "string" ? question : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
