import { type Store, spans, traces } from "@loam/store";
import { and, asc, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { SpanRecord } from "../record/span-record.ts";
import { innermostCalls, type SpanOutline, sumCalls } from "../record/trace-tree.ts";
import { outlineColumns, spanColumns } from "../record/traces.ts";

/** Where a page of spans ended. */
export interface SpanCursor {
  startUs: number;
  spanId: string;
}

/** Of spans: their trace is not in the bin. */
const isOutOfBin: SQL = sql`${spans.traceId} not in (select ${traces.id} from ${traces} where ${traces.deletedAt} is not null)`;

/** Spans of any depth that fulfil a condition, by their start. */
export async function querySpans(
  store: Store,
  where: SQL | undefined,
  { limit, after, order = "desc" }: { limit: number; after?: SpanCursor; order?: "asc" | "desc" },
): Promise<SpanRecord[]> {
  const position =
    after &&
    sql`(${spans.startUs}, ${spans.spanId}) ${sql.raw(order === "desc" ? "<" : ">")} (${after.startUs}, ${after.spanId})`;
  const by = order === "desc" ? desc : asc;
  const rows = await store.db
    .select(spanColumns)
    .from(spans)
    .where(and(where, position, isOutOfBin))
    .orderBy(by(spans.startUs), by(spans.spanId))
    .limit(limit);
  return rows as SpanRecord[];
}

/** @returns the span, or undefined; of two traces with a span of that id, the newer one's. */
export async function findSpan(store: Store, spanId: string): Promise<SpanRecord | undefined> {
  const [row] = await querySpans(store, eq(spans.spanId, spanId), { limit: 1 });
  return row;
}

/** The trace of each of some spans. */
export async function tracesOfSpans(store: Store, spanIds: readonly string[]): Promise<Map<string, string>> {
  if (spanIds.length === 0) return new Map();
  const rows = await store.db
    .select({ spanId: spans.spanId, traceId: spans.traceId })
    .from(spans)
    .where(inArray(spans.spanId, [...spanIds]));
  return new Map(rows.map(({ spanId, traceId }) => [spanId, traceId]));
}

/** What happened below a span. */
export interface Subtree {
  inputTokens: number;
  outputTokens: number;
  costUsd: number | null;
  /** Ids of the spans below it, parents first. */
  descendants: string[];
  children: string[];
  /** From the outermost span of the trace to the span's parent. */
  ancestors: string[];
}

/** The totals of each given span's subtree; a call that several layers recorded counts once. */
export async function subtreesOf(store: Store, some: readonly SpanOutline[]): Promise<Map<string, Subtree>> {
  const traceIds = [...new Set(some.map(({ traceId }) => traceId))];
  if (traceIds.length === 0) return new Map();
  const outlines = (await store.db
    .select(outlineColumns)
    .from(spans)
    .where(inArray(spans.traceId, traceIds))) as SpanOutline[];
  const result = new Map<string, Subtree>();
  for (const [traceId, group] of Map.groupBy(outlines, (outline) => outline.traceId)) {
    const byId = new Map(group.map((outline) => [outline.spanId, outline]));
    const below = Map.groupBy(
      group.sort((a, b) => a.startUs - b.startUs),
      ({ parentSpanId }) => parentSpanId,
    );
    for (const { spanId } of some.filter((span) => span.traceId === traceId)) {
      const start = byId.get(spanId);
      if (start) result.set(spanId, subtree(start, byId, below));
    }
  }
  return result;
}

function subtree(
  start: SpanOutline,
  byId: Map<string, SpanOutline>,
  below: Map<string | null, SpanOutline[]>,
): Subtree {
  const seen = new Set([start.spanId]);
  const inside = [start];
  for (let i = 0; i < inside.length; i++)
    for (const child of below.get(inside[i]!.spanId) ?? [])
      if (!seen.has(child.spanId)) {
        seen.add(child.spanId);
        inside.push(child);
      }
  const { inputTokens, outputTokens, costUsd } = sumCalls(innermostCalls(inside));
  const ancestors: string[] = [];
  for (
    let at = start.parentSpanId;
    at && !ancestors.includes(at) && ancestors.length < 1000;
    at = byId.get(at)?.parentSpanId ?? null
  )
    ancestors.unshift(at);
  return {
    inputTokens,
    outputTokens,
    costUsd,
    descendants: inside.slice(1).map(({ spanId }) => spanId),
    children: (below.get(start.spanId) ?? []).map(({ spanId }) => spanId),
    ancestors,
  };
}

/** Numbers over all spans of a project. */
export interface ProjectStats {
  roots: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number | null;
  latencyP50Seconds: number | null;
  latencyP99Seconds: number | null;
  lastStartUs: number | null;
}

export async function projectStats(store: Store, project: string): Promise<ProjectStats> {
  const { rows } = await store.db.execute<Record<string, number | string | null>>(sql`
    select count(*) filter (where parent_span_id is null)::int as roots,
      count(*) filter (where parent_span_id is null and status = 'error')::int as errors,
      coalesce(sum(input_tokens) filter (where kind in ('llm', 'embedding')), 0)::float8 as input_tokens,
      coalesce(sum(output_tokens) filter (where kind in ('llm', 'embedding')), 0)::float8 as output_tokens,
      sum(cost_usd) filter (where kind in ('llm', 'embedding')) as cost,
      percentile_cont(0.5) within group (order by (end_us - start_us) / 1e6) filter (where parent_span_id is null) as p50,
      percentile_cont(0.99) within group (order by (end_us - start_us) / 1e6) filter (where parent_span_id is null) as p99,
      max(start_us)::float8 as last
    from spans where project = ${project}`);
  const row = rows[0]!;
  const number = (value: number | string | null | undefined) =>
    value === null || value === undefined ? null : Number(value);
  return {
    roots: Number(row.roots),
    errors: Number(row.errors),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    costUsd: number(row.cost),
    latencyP50Seconds: number(row.p50),
    latencyP99Seconds: number(row.p99),
    lastStartUs: number(row.last),
  };
}
