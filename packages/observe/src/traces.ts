import { ArgumentError, NotFoundError } from "@loam/core";
import { type Store, spans } from "@loam/store";
import { and, desc, eq, ilike, inArray, lt, max, min, or, type SQL, sql } from "drizzle-orm";
import type { SpanRecord } from "./span-record.ts";
import { buildTree, type SpanNode, summariseTrace, type TraceSummary } from "./trace-tree.ts";

export interface ListTracesOptions {
  limit?: number;
  /** Text to look for in names, inputs, outputs, models and error messages; upper and lower case are the same. */
  query?: string;
  status?: "ok" | "error";
  /** The id of the last trace seen: the next page starts after it. */
  before?: string;
}

/** The newest traces, newest first. */
export async function listTraces(
  store: Store,
  { limit = 50, query, status, before }: ListTracesOptions = {},
): Promise<TraceSummary[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new ArgumentError("limit", limit, "a whole number from 1 to 1000");
  const startUs = min(spans.startUs);
  const having: SQL[] = [];
  if (before) {
    const seen = store.db
      .select({ startUs: min(spans.startUs) })
      .from(spans)
      .where(eq(spans.traceId, before));
    having.push(sql`${startUs} < (${seen})`);
  }
  if (status) {
    const failed = sql`bool_or(${spans.status} = 'error' and ${spans.parentSpanId} is null)`;
    having.push(status === "error" ? failed : sql`not ${failed}`);
  }
  const newest = await store.db
    .select({ id: spans.traceId, startUs })
    .from(spans)
    .where(query ? inArray(spans.traceId, tracesWith(store, query)) : undefined)
    .groupBy(spans.traceId)
    .having(and(...having))
    .orderBy(desc(startUs), desc(spans.traceId))
    .limit(limit);
  if (newest.length === 0) return [];

  const { attributes: _, events: __, input: ___, output: ____, ...outline } = spanColumns;
  const ids = newest.map((trace) => trace.id);
  const rows = (await store.db.select(outline).from(spans).where(inArray(spans.traceId, ids))) as SpanRecord[];
  const byTrace = Map.groupBy(rows, (row) => row.traceId);
  return ids.map((id) => summariseTrace(byTrace.get(id)!));
}

/** A trace with its spans as a tree. `roots` has more than one entry while the outermost span is still running. */
export interface Trace extends TraceSummary {
  roots: SpanNode[];
}

/**
 * @param id the trace's id, or its beginning (8 hex digits or more) when that is unique.
 * @throws {NotFoundError} when there is no such trace.
 */
export async function getTrace(store: Store, id: string): Promise<Trace> {
  const traceId = await resolveTraceId(store, id);
  const rows = (await store.db.select(spanColumns).from(spans).where(eq(spans.traceId, traceId))) as SpanRecord[];
  if (rows.length === 0) throw new NotFoundError("Trace", id, { hint: "list the recorded ones: `loam trace ls`" });
  return { ...summariseTrace(rows), roots: buildTree(rows) };
}

/** Deletes a trace; false when there was none. */
export async function deleteTrace(store: Store, id: string): Promise<boolean> {
  const deleted = await store.db.delete(spans).where(eq(spans.traceId, id)).returning({ id: spans.spanId });
  return deleted.length > 0;
}

/** Deletes every trace whose last span ended before the given moment. @returns how many traces went. */
export async function deleteTracesBefore(store: Store, before: Date): Promise<number> {
  const old = store.db
    .select({ id: spans.traceId })
    .from(spans)
    .groupBy(spans.traceId)
    .having(lt(max(spans.endUs), before.getTime() * 1000));
  const deleted = await store.db.delete(spans).where(inArray(spans.traceId, old)).returning({ id: spans.traceId });
  return new Set(deleted.map((span) => span.id)).size;
}

async function resolveTraceId(store: Store, id: string): Promise<string> {
  const prefix = id.toLowerCase();
  if (!/^[0-9a-f]{8,31}$/.test(prefix)) return prefix;
  const matches = await store.db
    .selectDistinct({ id: spans.traceId })
    .from(spans)
    .where(sql`${spans.traceId} like ${`${prefix}%`}`)
    .limit(2);
  if (matches.length > 1)
    throw new ArgumentError("id", id, "the beginning of one trace's id", "give more of its digits");
  return matches[0]?.id ?? prefix;
}

function tracesWith(store: Store, query: string) {
  const pattern = `%${query.replace(/[\\%_]/g, "\\$&")}%`;
  return store.db
    .select({ id: spans.traceId })
    .from(spans)
    .where(
      or(
        ilike(spans.name, pattern),
        ilike(spans.model, pattern),
        ilike(spans.statusMessage, pattern),
        sql`${spans.input}::text ilike ${pattern}`,
        sql`${spans.output}::text ilike ${pattern}`,
      ),
    );
}

/** A span as its record has it; one that is not over ends where it began. */
export const spanColumns = {
  traceId: spans.traceId,
  spanId: spans.spanId,
  parentSpanId: spans.parentSpanId,
  name: spans.name,
  kind: spans.kind,
  startUs: spans.startUs,
  endUs: sql<number>`coalesce(${spans.endUs}, ${spans.startUs})`.mapWith(Number),
  status: spans.status,
  statusMessage: spans.statusMessage,
  model: spans.model,
  inputTokens: spans.inputTokens,
  outputTokens: spans.outputTokens,
  costUsd: spans.costUsd,
  attributes: spans.attributes,
  events: spans.events,
  input: spans.input,
  output: spans.output,
};
