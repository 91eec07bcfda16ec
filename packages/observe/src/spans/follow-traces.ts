import { setTimeout as sleep } from "node:timers/promises";
import { type Store, traces } from "@loam/store";
import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { TraceSummary } from "../record/trace-tree.ts";
import { summaries } from "./list-traces.ts";

/** A trace that is new or has grown, and the moment up to which everything has been told. */
export interface TraceChange {
  /** Microseconds since 1970 by the database's clock: to follow on from after a break. */
  position: number;
  trace: TraceSummary;
}

/** Traces that are told of at once. */
const tracesAtOnce = 200;
/** Longer than a transaction takes: what is committed late has an earlier moment than what was told before. */
const overlapUs = 3_000_000;
const pollMs = 1000;

const changedUs: SQL<number> = sql<number>`(extract(epoch from ${traces.changedAt}) * 1e6)::float8`;

/**
 * Traces as they come and grow, from now on or from a position on. Nothing is left out after a break; a trace that changed
 * within three seconds before it may be told again.
 */
export async function* followTraces(
  store: Store,
  { project, after, signal }: { project?: string; after?: number; signal?: AbortSignal } = {},
): AsyncGenerator<TraceChange> {
  const told = new Map<string, { version: number; at: number }>();
  let position = after ?? (await nowUs(store));
  let from = after === undefined ? position : position - overlapUs;
  while (!signal?.aborted) {
    const rows = await store.db
      .select({ id: traces.id, version: traces.version, summary: traces.summary, at: changedUs })
      .from(traces)
      .where(
        and(
          sql`${traces.changedAt} > to_timestamp(${from} / 1e6::float8)`,
          project === undefined ? undefined : eq(traces.project, project),
          isNull(traces.deletedAt),
        ),
      )
      .orderBy(asc(traces.changedAt), asc(traces.id))
      .limit(tracesAtOnce);
    const fresh = rows.filter(({ id, version }) => told.get(id)?.version !== version);
    const shown = new Map((await summaries(store, fresh)).map((trace) => [trace.id, trace]));
    for (const { id, version, at } of fresh) {
      told.set(id, { version, at: Number(at) });
      position = Math.max(position, Number(at));
      const trace = shown.get(id);
      if (trace) yield { position, trace };
    }
    const isWhole = rows.length < tracesAtOnce;
    from = isWhole ? position - overlapUs : Math.max(from + 1, Number(rows.at(-1)!.at) - 1);
    for (const [id, { at }] of told) if (at < from) told.delete(id);
    if (isWhole) await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
}

async function nowUs({ db }: Store): Promise<number> {
  const { rows } = await db.execute<{ now: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1e6)::float8 as now`,
  );
  return Number(rows[0]!.now);
}
