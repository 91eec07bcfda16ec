import { type Store, spans, traces } from "@loam/store";
import { and, desc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { SpanRecord } from "../record/span-record.ts";
import { spanColumns } from "../record/traces.ts";
import { redact } from "../secrets/redact.ts";

/** The row of a trace, with what MLflow keeps beside its spans. */
export interface TraceRow {
  id: string;
  project: string;
  startUs: number;
  endUs: number;
  sessionId: string | null;
  userId: string | null;
  rootFailed: boolean | null;
  info: Record<string, unknown> | null;
}

const columns = {
  id: traces.id,
  project: traces.project,
  startUs: traces.startUs,
  endUs: traces.endUs,
  sessionId: traces.sessionId,
  userId: traces.userId,
  rootFailed: traces.rootFailed,
  info: traces.info,
};

/** Keeps what a client says of a trace as a whole; its spans come by themselves, before or after. */
export async function putTraceInfo(
  store: Store,
  {
    id,
    project,
    startUs,
    endUs,
    info,
  }: Pick<TraceRow, "id" | "project" | "startUs" | "endUs"> & { info: Record<string, unknown> },
): Promise<void> {
  const clean = redact(info, { maxStringChars: 262_144, maxTotalChars: 2 ** 21, maxItems: 10_000 }) as Record<
    string,
    unknown
  >;
  await store.db
    .insert(traces)
    .values({ id, project, startUs, endUs, info: clean })
    .onConflictDoUpdate({
      target: traces.id,
      set: { project, info: sql`coalesce(${traces.info}, '{}') || excluded.info`, version: sql`${traces.version} + 1` },
    });
}

/** Changes what is kept of a trace as a whole. @returns whether there is such a trace. */
export async function updateTraceInfo(
  store: Store,
  id: string,
  change: (info: Record<string, unknown>) => Record<string, unknown>,
): Promise<boolean> {
  return await store.db.transaction(async (tx) => {
    const [row] = await tx.select({ info: traces.info }).from(traces).where(eq(traces.id, id)).for("update");
    if (!row) return false;
    await tx
      .update(traces)
      .set({
        info: redact(change(row.info ?? {}), {
          maxStringChars: 262_144,
          maxTotalChars: 2 ** 21,
          maxItems: 10_000,
        }) as Record<string, unknown>,
      })
      .where(eq(traces.id, id));
    return true;
  });
}

export async function listTraceRows(
  store: Store,
  {
    ids,
    projects,
    where,
    orderBy = [desc(traces.startUs), desc(traces.id)],
    limit = 100,
    offset = 0,
  }: {
    ids?: readonly string[];
    projects?: readonly string[];
    where?: SQL;
    orderBy?: readonly SQL[];
    limit?: number;
    offset?: number;
  },
): Promise<TraceRow[]> {
  if (ids?.length === 0 || projects?.length === 0) return [];
  return await store.db
    .select(columns)
    .from(traces)
    .where(
      and(
        ids ? inArray(traces.id, [...ids]) : isNull(traces.deletedAt),
        projects && inArray(traces.project, [...projects]),
        where,
      ),
    )
    .orderBy(...orderBy)
    .limit(limit)
    .offset(offset);
}

/** All spans of some traces, by trace, in the order of their start. */
export async function spansOfTraces(store: Store, ids: readonly string[]): Promise<Map<string, SpanRecord[]>> {
  if (ids.length === 0) return new Map();
  const rows = (await store.db
    .select(spanColumns)
    .from(spans)
    .where(inArray(spans.traceId, [...ids]))
    .orderBy(spans.startUs)) as SpanRecord[];
  return Map.groupBy(rows, ({ traceId }) => traceId);
}
