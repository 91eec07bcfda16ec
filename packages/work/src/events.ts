import { setTimeout as sleep } from "node:timers/promises";
import { type Store, storableJson, work, workEvents } from "@loam/store";
import { and, asc, eq, gt, sql } from "drizzle-orm";
import { getWork, isSettled, type WorkRecord } from "./work-record.ts";

/** One entry of the log of a piece of work. */
export interface WorkEvent {
  /** From 1, without gaps. */
  seq: number;
  /** `status` for a change of status (its data has `status` and what goes with it); else the kind's own. */
  type: string;
  data: unknown;
  at: Date;
}

/** What a follower hears: the log, and between its entries how far the work is. */
export type FollowedEvent = WorkEvent | { type: "progress"; data: NonNullable<WorkRecord["progress"]> };

/** An entry to be written. */
export interface NewEvent {
  type: string;
  data: unknown;
}

type Connection = Pick<Store["db"], "execute">;

/**
 * Writes entries to the log, numbered in one step with the row they belong to, so that writers in several processes
 * leave no gap and no number twice. With a `lease`, only while that still holds.
 *
 * @returns whether they were written.
 */
export async function appendEvents(
  db: Connection,
  id: string,
  events: readonly NewEvent[],
  { lease }: { lease?: string } = {},
): Promise<boolean> {
  if (events.length === 0) return true;
  const holds = lease === undefined ? sql`` : sql`and ${work.lease} = ${lease}`;
  const values = sql.join(
    events.map(({ type, data }, i) => sql`(${i + 1}::int, ${type}::text, ${storableJson(data ?? null)}::jsonb)`),
    sql`, `,
  );
  const { rows } = await db.execute(sql`
    with numbered as (
      update ${work} set last_seq = last_seq + ${events.length} where ${work.id} = ${id} ${holds}
      returning ${work.id} as id, last_seq - ${events.length} as before
    )
    insert into ${workEvents} (work_id, seq, type, data)
    select numbered.id, numbered.before + entry.n, entry.type, entry.data
    from numbered, (values ${values}) as entry (n, type, data)
    returning seq`);
  return rows.length > 0;
}

/** The entries after `after`, oldest first. */
export async function workEventsOf(
  { db }: Store,
  id: string,
  { after = 0, limit = 1000 }: { after?: number; limit?: number } = {},
): Promise<WorkEvent[]> {
  return await db
    .select({ seq: workEvents.seq, type: workEvents.type, data: workEvents.data, at: workEvents.at })
    .from(workEvents)
    .where(and(eq(workEvents.workId, id), gt(workEvents.seq, after)))
    .orderBy(asc(workEvents.seq))
    .limit(limit);
}

const pollMs = 200;

/**
 * The log from `after` on, as it grows, with progress between its entries, until the work is settled or waits for
 * somebody. Whoever follows may be in another process than whoever works.
 */
export async function* followWork(
  store: Store,
  id: string,
  { after = 0, signal, until = isSettledOrWaits }: FollowOptions = {},
): AsyncGenerator<FollowedEvent> {
  let seq = after;
  let shown = "";
  while (!signal?.aborted) {
    const record = await getWork(store, id);
    while (seq < record.lastSeq) {
      const events = await workEventsOf(store, id, { after: seq });
      if (events.length === 0) break;
      yield* events;
      seq = events.at(-1)!.seq;
    }
    const progress = JSON.stringify(record.progress);
    if (record.progress && progress !== shown) yield { type: "progress", data: record.progress };
    shown = progress;
    if (until(record)) return;
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
}

export interface FollowOptions {
  /** Sequence number of the last entry that is known. */
  after?: number;
  signal?: AbortSignal;
  /** Ends the following. Left out: settled, or waiting. */
  until?: (record: WorkRecord) => boolean;
}

function isSettledOrWaits({ status }: WorkRecord): boolean {
  return isSettled(status) || status === "waiting";
}

/** Waits until the work is settled or waits for somebody, and gives it as it stands then. */
export async function settledWork(store: Store, id: string, options: FollowOptions = {}): Promise<WorkRecord> {
  for await (const _ of followWork(store, id, { after: Number.MAX_SAFE_INTEGER, ...options }));
  return await getWork(store, id);
}
