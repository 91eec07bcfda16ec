import { ArgumentError } from "@loam/core";
import { feedback, type Store, spans, storableJson, traces } from "@loam/store";
import { and, desc, eq, gte, inArray, isNotNull, isNull, lte, not, type SQL, sql } from "drizzle-orm";
import { type SpanOutline, summariseTrace, type TraceSummary } from "../record/trace-tree.ts";
import { outlineColumns } from "../record/traces.ts";
import { searchTraces } from "./search-traces.ts";

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
  /** The judgement of that name has at least, or at most, this score. */
  feedbackMin?: number;
  feedbackMax?: number;
  minDurationMs?: number;
  maxDurationMs?: number;
  /** Of the calls with a known price. */
  minCostUsd?: number;
  maxCostUsd?: number;
  since?: Date;
  until?: Date;
  /** The id of the last trace seen: the next page starts after it. */
  before?: string;
  /** Traces in the bin; `hide` unless said otherwise. */
  deleted?: "hide" | "only" | "show";
}

/**
 * The newest traces, newest first.
 *
 * @throws {ArgumentError} unless limit is a whole number from 1 to 1,000.
 */
export async function listTraces(
  store: Store,
  { limit = 50, before, ...filter }: ListTracesOptions = {},
): Promise<TraceSummary[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new ArgumentError("limit", limit, "a whole number from 1 to 1000");
  const conditions = traceConditions(filter);
  if (filter.minCostUsd !== undefined || filter.maxCostUsd !== undefined) {
    await summariseAll(store, conditions);
    const cost = sql`(${traces.summary} ->> 'costUsd')::double precision`;
    conditions.push(
      filter.minCostUsd === undefined ? undefined : sql`${cost} >= ${filter.minCostUsd}`,
      filter.maxCostUsd === undefined ? undefined : sql`${cost} <= ${filter.maxCostUsd}`,
    );
  }
  if (before) {
    const id = before.replaceAll("-", "").toLowerCase();
    const seen = store.db.select({ startUs: traces.startUs }).from(traces).where(eq(traces.id, id));
    conditions.push(sql`(${traces.startUs}, ${traces.id}) < ((${seen}), ${id})`);
  }
  const found = filter.query ? await searchTraces(store, filter.query, { conditions, limit }) : undefined;
  const newest = await store.db
    .select({ id: traces.id, version: traces.version, summary: traces.summary })
    .from(traces)
    .where(found ? inArray(traces.id, found) : and(...conditions))
    .orderBy(desc(traces.startUs), desc(traces.id))
    .limit(limit);
  return await summaries(store, newest);
}

/** What a trace's row must fulfil; the costs are told from its summary, and texts are looked for among what is left. */
function traceConditions({
  status,
  deleted = "hide",
  ...filter
}: Omit<ListTracesOptions, "limit" | "before">): (SQL | undefined)[] {
  const failed = sql`coalesce(${traces.rootFailed}, false)`;
  const lasted = sql`${traces.endUs} - ${traces.startUs}`;
  return [
    deleted === "show" ? undefined : deleted === "only" ? isNotNull(traces.deletedAt) : isNull(traces.deletedAt),
    filter.project === undefined ? undefined : eq(traces.project, filter.project),
    filter.session === undefined ? undefined : eq(traces.sessionId, filter.session),
    filter.user === undefined ? undefined : eq(traces.userId, filter.user),
    filter.since && gte(traces.startUs, filter.since.getTime() * 1000),
    filter.until && lte(traces.startUs, filter.until.getTime() * 1000),
    filter.minDurationMs === undefined ? undefined : gte(lasted, filter.minDurationMs * 1000),
    filter.maxDurationMs === undefined ? undefined : lte(lasted, filter.maxDurationMs * 1000),
    feedbackCondition(filter),
    ...spanConditions(filter),
    status === undefined ? undefined : status === "error" ? failed : not(failed),
  ];
}

function feedbackCondition({ feedback: key, feedbackMin, feedbackMax }: ListTracesOptions): SQL | undefined {
  if (key === undefined && feedbackMin === undefined && feedbackMax === undefined) return undefined;
  const wanted = and(
    sql`f.trace_id = ${traces.id}`,
    key === undefined ? undefined : sql`f.key = ${key}`,
    feedbackMin === undefined ? undefined : sql`f.score >= ${feedbackMin}`,
    feedbackMax === undefined ? undefined : sql`f.score <= ${feedbackMax}`,
  );
  return sql`exists (select 1 from ${feedback} f where ${wanted})`;
}

/** Makes the summaries that lack among the traces that fulfil the conditions. */
async function summariseAll(store: Store, conditions: readonly (SQL | undefined)[]): Promise<void> {
  for (;;) {
    const stale = await store.db
      .select({ id: traces.id, version: traces.version, summary: traces.summary })
      .from(traces)
      .where(
        and(
          ...conditions,
          isNull(traces.summary),
          sql`exists (select 1 from ${spans} where ${spans.traceId} = ${traces.id})`,
        ),
      )
      .limit(200);
    if (stale.length === 0) return;
    await summaries(store, stale);
  }
}

/** The rows' summaries; those that are out of date are made and kept. */
export async function summaries(
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
