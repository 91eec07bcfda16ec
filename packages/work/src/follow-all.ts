import { setTimeout as sleep } from "node:timers/promises";
import { type Store, workEvents } from "@loam/store";
import { asc, gt, max } from "drizzle-orm";
import { listWork, type WorkRecord, type WorkStatus } from "./work-record.ts";

/** A piece of work that has changed, and the place in the log of all work up to which everything has been told. */
export interface WorkChange {
  /** To follow on from after a break. */
  position: number;
  work: WorkRecord;
}

const open: readonly WorkStatus[] = ["queued", "running", "waiting", "interrupted"];
const busyPollMs = 300;
const idlePollMs = 1500;
/** Settled work that a follower is told of at first. */
const recentLimit = 30;

/**
 * Every piece of work that changes (status, progress, what it was asked), as it changes. A new follower first hears of
 * all that is open and the newest that is settled; one that comes back with the position it has heard last hears of
 * what is open and what has changed since.
 */
export async function* followAllWork(
  store: Store,
  { after, signal }: { after?: number; signal?: AbortSignal } = {},
): AsyncGenerator<WorkChange> {
  const told = new Map<string, string>();
  let position = after ?? (await lastPosition(store));
  for (let isFirst = true; !signal?.aborted; isFirst = false) {
    const { ids, last } = await changedSince(store, position);
    position = last;
    const unsettled = await listWork(store, { statuses: open, limit: 500 });
    // What was open before and is not any more has been settled, or has been forgotten.
    const known = new Set(unsettled.map(({ id }) => id));
    for (const [id, digest] of told) if (!known.has(id) && isOpenDigest(digest)) ids.add(id);
    for (const id of known) ids.delete(id);
    const settled = ids.size > 0 ? await listWork(store, { ids: [...ids], limit: 500 }) : [];
    const recent = isFirst && after === undefined ? await listWork(store, { limit: recentLimit }) : [];
    for (const work of [...recent.toReversed(), ...settled.toReversed(), ...unsettled.toReversed()]) {
      const digest = digestOf(work);
      if (told.get(work.id) === digest) continue;
      told.set(work.id, digest);
      yield { position, work };
    }
    await sleep(unsettled.length > 0 ? busyPollMs : idlePollMs, undefined, { signal }).catch(() => {});
  }
}

const digestOf = ({ status, progress, asked, lastSeq }: WorkRecord): string =>
  JSON.stringify([status, lastSeq, asked, progress]);

const isOpenDigest = (digest: string): boolean => open.some((status) => digest.startsWith(`["${status}"`));

async function lastPosition({ db }: Store): Promise<number> {
  const [row] = await db.select({ last: max(workEvents.position) }).from(workEvents);
  return row?.last ?? 0;
}

async function changedSince({ db }: Store, position: number): Promise<{ ids: Set<string>; last: number }> {
  const rows = await db
    .select({ id: workEvents.workId, position: workEvents.position })
    .from(workEvents)
    .where(gt(workEvents.position, position))
    .orderBy(asc(workEvents.position))
    .limit(2000);
  return { ids: new Set(rows.map(({ id }) => id)), last: rows.at(-1)?.position ?? position };
}
