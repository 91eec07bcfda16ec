import { ArgumentError, NotFoundError } from "@loam/core";
import { feedback, projects, type Store, spans, traces } from "@loam/store";
import { and, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { SpanRecord } from "./span-record.ts";
import { buildTree, type SpanNode, summariseTrace, type TraceSummary } from "./trace-tree.ts";

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
  const rows = await wholeSpans(store, traceId);
  if (rows.length === 0) throw new NotFoundError("Trace", id, { hint: "list the recorded ones: `loam trace ls`" });
  return { ...summariseTrace(rows), roots: buildTree(rows) };
}

/** Each span as one text of JSON: a trace of thousands is read three times as fast as column by column. */
async function wholeSpans(store: Store, traceId: string): Promise<SpanRecord[]> {
  const columns = sql.join(
    Object.entries(spanColumns).map(([name, column]) => sql`${column} as ${sql.identifier(name)}`),
    sql`, `,
  );
  const { rows } = await store.db.execute<{ span: string }>(sql`
    select row_to_json(span)::text as span
    from (select ${columns} from ${spans} where ${spans.traceId} = ${traceId}) span`);
  return rows.map(({ span }) => JSON.parse(span) as SpanRecord);
}

/** Deletes a trace; false when there was none. */
export async function deleteTrace(store: Store, id: string): Promise<boolean> {
  return (await deleteTraces(store, [id])) > 0;
}

/** Of traces: nobody has asked that they be kept. */
export const isFree: SQL = sql`not ${traces.legalHold} and not exists (
  select 1 from ${projects} where ${projects.name} = ${traces.project} and ${projects.legalHold})`;

/** Deletes every trace whose last span ended before the given moment. @returns how many traces went. */
export async function deleteTracesBefore(store: Store, before: Date): Promise<number> {
  let deleted = 0;
  for (;;) {
    const old = await store.db
      .select({ id: traces.id })
      .from(traces)
      .where(and(lt(traces.endUs, before.getTime() * 1000), isFree))
      .limit(500);
    if (old.length === 0) return deleted;
    deleted += await deleteTraces(
      store,
      old.map(({ id }) => id),
    );
  }
}

/** Deletes traces with their spans and judgements, but for those under a legal hold. @returns how many went. */
export async function deleteTraces(store: Store, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return await store.db.transaction(async (tx) => {
    const gone = await tx
      .delete(traces)
      .where(and(inArray(traces.id, [...ids]), isFree))
      .returning({ id: traces.id });
    const free = gone.map(({ id }) => id);
    if (free.length === 0) return 0;
    await tx.delete(spans).where(inArray(spans.traceId, free));
    await tx.delete(feedback).where(inArray(feedback.traceId, free));
    return free.length;
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
