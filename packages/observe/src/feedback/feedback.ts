import { randomUUID } from "node:crypto";
import { feedback, type Store, spans, storable } from "@loam/store";
import { and, asc, eq, inArray, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { redact } from "../secrets/redact.ts";
import { redactText } from "../secrets/secrets.ts";

/** A judgement of a span, a trace or a project. */
export interface Feedback {
  id: string;
  traceId: string | null;
  spanId: string | null;
  project: string | null;
  key: string;
  score: number | null;
  value: unknown;
  comment: string | null;
  correction: unknown;
  source: Record<string, unknown> | null;
  origin: Record<string, unknown> | null;
  createdAt: Date;
  modifiedAt: Date;
}

export type NewFeedback = Pick<Feedback, "key"> & Partial<Omit<Feedback, "key" | "modifiedAt">>;

/** Writes judgements; the same id again replaces what it says. */
export async function putFeedback(store: Store, judgements: readonly NewFeedback[]): Promise<Feedback[]> {
  const byId = new Map(judgements.map((each) => [each.id ?? randomUUID(), each]));
  if (byId.size === 0) return [];
  const rows = [...byId].map(([id, each]) => ({
    ...each,
    id,
    key: storable(each.key),
    comment: each.comment ? redactText(each.comment) : (each.comment ?? null),
    value: each.value === undefined || each.value === null ? null : redact(each.value),
    correction: each.correction === undefined || each.correction === null ? null : redact(each.correction),
  }));
  return await store.db
    .insert(feedback)
    .values(rows)
    .onConflictDoUpdate({
      target: feedback.id,
      set: {
        score: sql`coalesce(excluded.score, ${feedback.score})`,
        value: sql`coalesce(excluded.value, ${feedback.value})`,
        comment: sql`coalesce(excluded.comment, ${feedback.comment})`,
        correction: sql`coalesce(excluded.correction, ${feedback.correction})`,
        source: sql`coalesce(excluded.source, ${feedback.source})`,
        origin: sql`coalesce(excluded.origin, ${feedback.origin})`,
        spanId: sql`coalesce(excluded.span_id, ${feedback.spanId})`,
        traceId: sql`coalesce(excluded.trace_id, ${feedback.traceId})`,
        modifiedAt: sql`now()`,
      },
    })
    .returning();
}

export interface ListFeedbackOptions {
  ids?: readonly string[];
  spanIds?: readonly string[];
  traceIds?: readonly string[];
  keys?: readonly string[];
  /** Judgements of the spans of these projects. */
  projects?: readonly string[];
  sourceTypes?: readonly string[];
  limit?: number;
  offset?: number;
}

export async function listFeedback(
  store: Store,
  { ids, spanIds, traceIds, keys, projects, sourceTypes, limit = 100, offset = 0 }: ListFeedbackOptions = {},
): Promise<Feedback[]> {
  const among = (column: SQLWrapper, values: readonly string[] | undefined): SQL | undefined =>
    values && (values.length > 0 ? inArray(column, [...values]) : sql`false`);
  return await store.db
    .select()
    .from(feedback)
    .where(
      and(
        among(feedback.id, ids),
        among(feedback.spanId, spanIds),
        among(feedback.traceId, traceIds),
        among(feedback.key, keys),
        projects &&
          sql`exists (select 1 from ${spans} where ${spans.spanId} = ${feedback.spanId} and ${among(spans.project, projects)})`,
        sourceTypes && among(sql`${feedback.source} ->> 'type'`, sourceTypes),
      ),
    )
    .orderBy(asc(feedback.createdAt), asc(feedback.id))
    .limit(limit)
    .offset(offset);
}

/** @returns whether there was one. */
export async function deleteFeedback(store: Store, id: string): Promise<boolean> {
  return (await store.db.delete(feedback).where(eq(feedback.id, id)).returning({ id: feedback.id })).length > 0;
}

/** How many judgements of a name there are, and their mean. */
export interface FeedbackStats {
  n: number;
  avg: number | null;
  values: Record<string, number>;
}

/** Counts and means by span and name. */
export async function feedbackOfSpans(
  store: Store,
  spanIds: readonly string[],
): Promise<Map<string, Record<string, FeedbackStats>>> {
  if (spanIds.length === 0) return new Map();
  const rows = await store.db
    .select({ spanId: feedback.spanId, key: feedback.key, score: feedback.score, value: feedback.value })
    .from(feedback)
    .where(inArray(feedback.spanId, [...spanIds]));
  const bySpan = Map.groupBy(rows, ({ spanId }) => spanId!);
  return new Map([...bySpan].map(([spanId, group]) => [spanId, statsOf(group)]));
}

/** Counts and means by name over all spans of a project. */
export async function feedbackOfProject(store: Store, project: string): Promise<Record<string, FeedbackStats>> {
  const rows = await store.db
    .select({
      key: feedback.key,
      n: sql<number>`count(*)::int`,
      avg: sql<number | null>`avg(${feedback.score})`,
    })
    .from(feedback)
    .innerJoin(spans, eq(spans.spanId, feedback.spanId))
    .where(eq(spans.project, project))
    .groupBy(feedback.key);
  return Object.fromEntries(rows.map(({ key, n, avg }) => [key, { n, avg, values: {} }]));
}

function statsOf(
  rows: readonly { key: string; score: number | null; value: unknown }[],
): Record<string, FeedbackStats> {
  const stats: Record<string, FeedbackStats> = {};
  for (const [key, group] of Map.groupBy(rows, (row) => row.key)) {
    const scores = group.flatMap(({ score }) => (score === null ? [] : [score]));
    const values: Record<string, number> = {};
    for (const { value } of group) if (typeof value === "string") values[value] = (values[value] ?? 0) + 1;
    stats[key] = {
      n: group.length,
      avg: scores.length > 0 ? scores.reduce((a, b) => a + b, 0) / scores.length : null,
      values,
    };
  }
  return stats;
}
