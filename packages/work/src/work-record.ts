import { NotFoundError } from "@loam/core";
import { type Store, type StoredWorkStatus, work as table, type WorkError, type WorkProgress } from "@loam/store";
import { and, desc, eq, inArray, lt, or, type SQL, sql } from "drizzle-orm";

/**
 * Where a piece of work stands: queued, running, waiting for somebody or something outside, or ended in one of three
 * ways. `interrupted`: its worker was lost, and the next one that is free takes it up.
 */
export type WorkStatus = StoredWorkStatus | "interrupted";

/** A piece of work as it stands in the store. */
export interface WorkRecord {
  id: string;
  /** Name of the operation that it runs. */
  kind: string;
  /** What people know it by. */
  name: string;
  status: WorkStatus;
  input: unknown;
  progress: WorkProgress | null;
  result: unknown;
  error: WorkError | null;
  checkpoint: unknown;
  parentId: string | null;
  owner: string;
  priority: number;
  /** What it was asked and has not done yet. */
  asked: "cancel" | "pause" | null;
  attempts: number;
  /** When it is tried again after a failure that may pass, or begun for the first time; null when nothing keeps it. */
  notBefore: Date | null;
  /** Its newest event. */
  lastSeq: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** What a worker changes in a row besides its status. */
export type StoredUpdate = Partial<Pick<typeof table.$inferInsert, "progress" | "checkpoint">>;

/** The statuses that nothing follows, unless somebody resumes it. */
export const settled = ["finished", "failed", "cancelled"] as const satisfies WorkStatus[];

export function isSettled(status: WorkStatus): status is (typeof settled)[number] {
  return (settled as readonly WorkStatus[]).includes(status);
}

/** Running, and its worker has not been heard of for as long as its lease holds. */
export const isLost = sql`(${table.status} = 'running' and ${table.leasedUntil} < now())`;

const columns = {
  id: table.id,
  kind: table.kind,
  name: table.name,
  status: sql<WorkStatus>`case when ${isLost} then 'interrupted' else ${table.status} end`,
  input: table.input,
  progress: table.progress,
  result: table.result,
  error: table.error,
  checkpoint: table.checkpoint,
  parentId: table.parentId,
  owner: table.owner,
  priority: table.priority,
  asked: table.asked,
  attempts: table.attempts,
  notBefore:
    sql<Date | null>`case when ${table.status} = 'queued' and ${table.notBefore} > now() then ${table.notBefore} end`.mapWith(
      table.notBefore,
    ),
  lastSeq: table.lastSeq,
  createdAt: table.createdAt,
  startedAt: table.startedAt,
  finishedAt: table.finishedAt,
};

/** @throws {NotFoundError} when there is none, or it belongs to somebody else. */
export async function getWork({ db }: Store, id: string, { owner }: { owner?: string } = {}): Promise<WorkRecord> {
  const [row] = await db
    .select(columns)
    .from(table)
    .where(and(eq(table.id, id), owner === undefined ? undefined : eq(table.owner, owner)));
  if (!row) throw new NotFoundError("work", id, { hint: "`loam work ls` lists what there is" });
  return row;
}

export interface WorkFilter {
  kinds?: readonly string[];
  statuses?: readonly WorkStatus[];
  owner?: string;
  parentId?: string;
  key?: string;
  ids?: readonly string[];
  /** At most this many; 100 when left out. */
  limit?: number;
  /** Only what is listed after this one. */
  after?: string;
}

/** Newest first. */
export async function listWork(
  store: Store,
  { kinds, statuses, owner, parentId, key, ids, limit = 100, after }: WorkFilter = {},
): Promise<WorkRecord[]> {
  const last = after === undefined ? undefined : await getWork(store, after);
  const conditions: (SQL | undefined)[] = [
    kinds && inArray(table.kind, [...kinds]),
    statuses && or(...statuses.map(hasStatus)),
    owner === undefined ? undefined : eq(table.owner, owner),
    parentId === undefined ? undefined : eq(table.parentId, parentId),
    key === undefined ? undefined : eq(table.key, key),
    ids && inArray(table.id, [...ids]),
    last && or(lt(table.createdAt, last.createdAt), and(eq(table.createdAt, last.createdAt), lt(table.id, last.id))),
  ];
  return await store.db
    .select(columns)
    .from(table)
    .where(and(...conditions))
    .orderBy(desc(table.createdAt), desc(table.id))
    .limit(limit);
}

function hasStatus(status: WorkStatus): SQL | undefined {
  if (status === "interrupted") return isLost;
  return status === "running" ? and(eq(table.status, "running"), sql`not ${isLost}`) : eq(table.status, status);
}
