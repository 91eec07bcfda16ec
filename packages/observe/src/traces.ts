import { ArgumentError, NotFoundError } from "@loam/core";
import { feedback, type Store, spans, storableJson, traces } from "@loam/store";
import { and, desc, eq, gte, ilike, inArray, lt, lte, not, or, type SQL, sql } from "drizzle-orm";
import type { SpanRecord } from "./span-record.ts";
import { buildTree, type SpanNode, type SpanOutline, summariseTrace, type TraceSummary } from "./trace-tree.ts";

export interface ListTracesOptions {
  limit?: number;
  /** Text to look for in names, inputs, outputs, models and error messages; upper and lower case are the same. */
  query?: string;
  status?: "ok" | "error";
  project?: string;
  /** Of a conversation or thread. */
  session?: string;
  user?: string;
  /** With a span of this kind, model, or tag. */
  kind?: string;
  model?: string;
  tag?: string;
  /** With a span whose metadata has these values. */
  metadata?: Record<string, unknown>;
  /** With a judgement of this name. */
  feedback?: string;
  minDurationMs?: number;
  since?: Date;
  until?: Date;
  /** The id of the last trace seen: the next page starts after it. */
  before?: string;
}

/** The newest traces, newest first. */
export async function listTraces(
  store: Store,
  { limit = 50, query, status, before, ...filter }: ListTracesOptions = {},
): Promise<TraceSummary[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new ArgumentError("limit", limit, "a whole number from 1 to 1000");
  const conditions: (SQL | undefined)[] = [
    filter.project === undefined ? undefined : eq(traces.project, filter.project),
    filter.session === undefined ? undefined : eq(traces.sessionId, filter.session),
    filter.user === undefined ? undefined : eq(traces.userId, filter.user),
    filter.since && gte(traces.startUs, filter.since.getTime() * 1000),
    filter.until && lte(traces.startUs, filter.until.getTime() * 1000),
    filter.minDurationMs === undefined
      ? undefined
      : gte(sql`${traces.endUs} - ${traces.startUs}`, filter.minDurationMs * 1000),
    filter.feedback === undefined
      ? undefined
      : sql`exists (select 1 from ${feedback} f where f.trace_id = ${traces.id} and f.key = ${filter.feedback})`,
    ...spanConditions(filter),
  ];
  if (query) conditions.push(inArray(traces.id, tracesWith(store, query)));
  if (status) {
    const failed = sql`coalesce(${traces.rootFailed}, false)`;
    conditions.push(status === "error" ? failed : not(failed));
  }
  if (before) {
    const id = before.replaceAll("-", "").toLowerCase();
    const seen = store.db.select({ startUs: traces.startUs }).from(traces).where(eq(traces.id, id));
    conditions.push(sql`(${traces.startUs}, ${traces.id}) < ((${seen}), ${id})`);
  }
  const newest = await store.db
    .select({ id: traces.id, version: traces.version, summary: traces.summary })
    .from(traces)
    .where(and(...conditions))
    .orderBy(desc(traces.startUs), desc(traces.id))
    .limit(limit);
  return await summaries(store, newest);
}

/** The rows' summaries; those that are out of date are made and kept. */
async function summaries(
  store: Store,
  rows: readonly { id: string; version: number; summary: Record<string, unknown> | null }[],
): Promise<TraceSummary[]> {
  const stale = rows.filter(({ summary }) => summary === null);
  const made = new Map<string, TraceSummary>();
  if (stale.length > 0) {
    const outlines = (await store.db
      .select(outlineColumns)
      .from(spans)
      .where(
        inArray(
          spans.traceId,
          stale.map(({ id }) => id),
        ),
      )) as SpanOutline[];
    for (const [id, group] of Map.groupBy(outlines, ({ traceId }) => traceId)) made.set(id, summariseTrace(group));
    const kept = stale.flatMap(({ id, version }) => {
      const summary = made.get(id);
      return summary ? [{ id, version, summary }] : [];
    });
    if (kept.length > 0)
      await store.db.execute(sql`
        update traces t set summary = x.summary
        from json_to_recordset(${storableJson(kept)}::json)
          as x(id text, version integer, summary jsonb)
        where t.id = x.id and t.version = x.version`);
  }
  return rows.flatMap(({ id, summary }) => {
    if (summary === null) return made.has(id) ? [made.get(id)!] : [];
    const known = summary as unknown as TraceSummary;
    return [{ ...known, startedAt: new Date(known.startedAt) }];
  });
}

function spanConditions({ kind, model, tag, metadata }: ListTracesOptions): SQL[] {
  const wanted = [
    kind === undefined ? undefined : eq(spans.kind, kind),
    model === undefined ? undefined : eq(spans.model, model),
    tag === undefined ? undefined : sql`${spans.tags} @> ${JSON.stringify([tag])}::jsonb`,
    metadata === undefined ? undefined : sql`${spans.metadata} @> ${JSON.stringify(metadata)}::jsonb`,
  ].filter((condition) => condition !== undefined);
  if (wanted.length === 0) return [];
  return [sql`exists (select 1 from ${spans} where ${spans.traceId} = ${traces.id} and ${and(...wanted)})`];
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
  return (await deleteTraces(store, [id])) > 0;
}

/** Deletes every trace whose last span ended before the given moment. @returns how many traces went. */
export async function deleteTracesBefore(store: Store, before: Date): Promise<number> {
  let deleted = 0;
  for (;;) {
    const old = await store.db
      .select({ id: traces.id })
      .from(traces)
      .where(lt(traces.endUs, before.getTime() * 1000))
      .limit(500);
    if (old.length === 0) return deleted;
    deleted += await deleteTraces(
      store,
      old.map(({ id }) => id),
    );
  }
}

/** Deletes traces with their spans and judgements. @returns how many there were. */
export async function deleteTraces(store: Store, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return await store.db.transaction(async (tx) => {
    await tx.delete(spans).where(inArray(spans.traceId, [...ids]));
    await tx.delete(feedback).where(inArray(feedback.traceId, [...ids]));
    const gone = await tx
      .delete(traces)
      .where(inArray(traces.id, [...ids]))
      .returning({ id: traces.id });
    return gone.length;
  });
}

async function resolveTraceId(store: Store, id: string): Promise<string> {
  const prefix = id.replace(/^tr-/, "").replaceAll("-", "").toLowerCase();
  if (!/^[0-9a-f]{8,31}$/.test(prefix)) return prefix;
  const matches = await store.db
    .select({ id: traces.id })
    .from(traces)
    .where(and(gte(traces.id, prefix), lt(traces.id, `${prefix}g`)))
    .limit(2);
  if (matches.length > 1)
    throw new ArgumentError("id", id, "the beginning of one trace's id", "give more of its digits");
  return matches[0]?.id ?? prefix;
}

function tracesWith(store: Store, query: string) {
  const pattern = `%${query.replace(/[\\%_]/g, "\\$&")}%`;
  // Inside of JSON a quote or a line break is written as an escape.
  const inside = `%${JSON.stringify(query).slice(1, -1).replace(/[\\%_]/g, "\\$&")}%`;
  return store.db
    .select({ id: spans.traceId })
    .from(spans)
    .where(
      or(
        ilike(spans.name, pattern),
        ilike(spans.model, pattern),
        ilike(spans.statusMessage, pattern),
        sql`${spans.input}::text ilike ${inside}`,
        sql`${spans.output}::text ilike ${inside}`,
      ),
    );
}

/** A span as its record has it. */
export const spanColumns = {
  traceId: spans.traceId,
  spanId: spans.spanId,
  parentSpanId: spans.parentSpanId,
  name: spans.name,
  kind: spans.kind,
  startUs: spans.startUs,
  endUs: spans.endUs,
  status: spans.status,
  statusMessage: spans.statusMessage,
  model: spans.model,
  provider: spans.provider,
  inputTokens: spans.inputTokens,
  outputTokens: spans.outputTokens,
  cacheReadTokens: spans.cacheReadTokens,
  cacheWriteTokens: spans.cacheWriteTokens,
  reasoningTokens: spans.reasoningTokens,
  costUsd: spans.costUsd,
  attributes: spans.attributes,
  events: spans.events,
  input: spans.input,
  output: spans.output,
  project: spans.project,
  sessionId: spans.sessionId,
  userId: spans.userId,
  tags: spans.tags,
  metadata: spans.metadata,
  dialect: spans.dialect,
  origin: spans.origin,
};

/** What a trace's summary is made of. */
export const outlineColumns = {
  traceId: spans.traceId,
  spanId: spans.spanId,
  parentSpanId: spans.parentSpanId,
  name: spans.name,
  kind: spans.kind,
  startUs: spans.startUs,
  endUs: spans.endUs,
  status: spans.status,
  model: spans.model,
  inputTokens: spans.inputTokens,
  outputTokens: spans.outputTokens,
  costUsd: spans.costUsd,
};
