import { InputError } from "@loam/core";
import { type Database, newId, type Store, work as table } from "@loam/store";
import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { appendEvents } from "./events.ts";
import type { WorkKind } from "./kind.ts";
import { announce } from "./wake.ts";
import { getWork, isLost, isSettled, listWork, type WorkFilter, type WorkRecord } from "./work-record.ts";

export interface StartOptions {
  /** What people know it by; the kind's name when left out. */
  name?: string;
  owner?: string;
  parentId?: string;
  priority?: number;
  /** Of several pieces of one kind under one key, one may be unsettled: starting it again gives that one. */
  key?: string;
  /** Starts it only then. */
  notBefore?: Date;
  /** Accepts it and puts it aside: it waits for `workHere`, or for somebody who resumes it. */
  aside?: boolean;
}

/**
 * Accepts a piece of work: when this resolves it is on disk, and some worker takes it up.
 *
 * @throws {ArgumentError} when the input does not fit.
 */
export async function startWork(
  store: Store,
  kind: StartableKind,
  input: unknown,
  options: StartOptions = {},
): Promise<WorkRecord> {
  const record = await insertWork(store, kind, input, options);
  announce(kind.name);
  return record;
}

/** What of a kind is known where work of it is accepted. */
type StartableKind = Pick<WorkKind, "name" | "parse" | "maxAttempts">;

/**
 * Accepts work together with what it is about: when this resolves both are on disk, and after a crash before that neither is.
 *
 * @param prepare writes what the work is about with the connection it is given, and starts the work in between
 */
export async function startWorkWith<T>(
  store: Store,
  kind: StartableKind,
  prepare: (tx: Database, start: (input: unknown, options?: StartOptions) => Promise<WorkRecord>) => Promise<T>,
): Promise<T> {
  const prepared = await store.db.transaction((tx) => {
    const within = { ...store, db: tx };
    return prepare(within.db, (input, options = {}) => insertWork(within, kind, input, options));
  });
  announce(kind.name);
  return prepared;
}

async function insertWork(
  store: Store,
  kind: StartableKind,
  input: unknown,
  { name = kind.name, owner, parentId, priority, key, notBefore, aside = false }: StartOptions,
): Promise<WorkRecord> {
  kind.parse(input);
  const id = newId("work");
  const status = aside ? "waiting" : "queued";
  const started = await store.db.transaction(async (tx) => {
    const rows = await tx
      .insert(table)
      .values({
        ...{ id, kind: kind.name, name, input, status, owner, parentId, priority, key, notBefore },
        maxAttempts: kind.maxAttempts ?? 5,
      })
      .onConflictDoNothing()
      .returning({ id: table.id });
    if (rows.length > 0) await appendEvents(tx, id, [{ type: "status", data: { status } }]);
    return rows.length > 0;
  });
  if (started) return await getWork(store, id);
  const [open] = await store.db
    .select({ id: table.id })
    .from(table)
    .where(
      and(eq(table.kind, kind.name), eq(table.key, key ?? ""), inArray(table.status, ["queued", "running", "waiting"])),
    );
  // It was settled between the two statements: now there is room.
  return open
    ? await getWork(store, open.id)
    : await insertWork(store, kind, input, { name, owner, parentId, priority, key, aside });
}

/** Ends a piece of work for good, wherever it runs. What is settled stays as it is. */
export async function cancelWork(store: Store, id: string): Promise<WorkRecord> {
  const record = await getWork(store, id);
  if (isSettled(record.status)) return record;
  const ended = await store.db.transaction(async (tx) => {
    const rows = await tx
      .update(table)
      .set({ status: "cancelled", asked: null, lease: null, leasedUntil: null, finishedAt: sql`now()` })
      .where(and(eq(table.id, id), sql`(${table.status} in ('queued', 'waiting') or ${isLost})`))
      .returning({ id: table.id });
    if (rows.length > 0) await appendEvents(tx, id, [{ type: "status", data: { status: "cancelled" } }]);
    return rows.length > 0;
  });
  if (!ended) await ask(store, id, "cancel");
  return await getWork(store, id);
}

/** Stops a piece of work at its last checkpoint until it is resumed. */
export async function pauseWork(store: Store, id: string): Promise<WorkRecord> {
  const record = await getWork(store, id);
  if (isSettled(record.status)) throw notOpen(record, "pause");
  const waits = await store.db.transaction(async (tx) => {
    const rows = await tx
      .update(table)
      .set({ status: "waiting", asked: null, lease: null, leasedUntil: null })
      .where(and(eq(table.id, id), sql`(${table.status} = 'queued' or ${isLost})`))
      .returning({ id: table.id });
    if (rows.length > 0)
      await appendEvents(tx, id, [{ type: "status", data: { status: "waiting", reason: "paused" } }]);
    return rows.length > 0;
  });
  if (!waits) await ask(store, id, "pause");
  return await getWork(store, id);
}

/** Puts work that waits, failed or was cancelled back in the queue, to go on from its checkpoint. */
export async function resumeWork(store: Store, id: string, { data }: { data?: unknown } = {}): Promise<WorkRecord> {
  const record = await getWork(store, id);
  await requireAlone(store, id);
  await store.db.transaction(async (tx) => {
    const rows = await tx
      .update(table)
      .set({ status: "queued", asked: null, error: null, attempts: 0, notBefore: null, finishedAt: null })
      .where(and(eq(table.id, id), inArray(table.status, ["waiting", "failed", "cancelled"])))
      .returning({ id: table.id });
    if (rows.length === 0) throw notOpen(record, "resume");
    await appendEvents(tx, id, [{ type: "status", data: { status: "queued", ...(data !== undefined && { data }) } }]);
  });
  announce(record.kind);
  return await getWork(store, id);
}

/**
 * Puts all that has failed for good back in the queue, as `resumeWork` does for one. What other open work under its key
 * stands in for is left as it is.
 */
export async function retryFailed(
  store: Store,
  filter: Pick<WorkFilter, "kinds" | "owner"> = {},
): Promise<{ retried: WorkRecord[]; left: WorkRecord[] }> {
  const retried: WorkRecord[] = [];
  const left = new Map<string, WorkRecord>();
  for (;;) {
    const failed = await listWork(store, { ...filter, statuses: ["failed"], limit: 500 + left.size });
    const next = failed.filter(({ id }) => !left.has(id));
    if (next.length === 0) return { retried, left: [...left.values()] };
    for (const record of next)
      try {
        retried.push(await resumeWork(store, record.id));
      } catch (error) {
        // Somebody else was quicker, or works on the same thing.
        if (!(error instanceof InputError)) throw error;
        left.set(record.id, record);
      }
  }
}

/** Forgets a piece of work and its log. @throws {InputError} `still_open` unless it is settled. */
export async function deleteWork(store: Store, id: string): Promise<void> {
  const record = await getWork(store, id);
  if (!isSettled(record.status)) throw notOpen(record, "delete");
  await store.db.delete(table).where(eq(table.id, id));
}

/** @throws {InputError} `key_taken` when other work under the same key is open. */
async function requireAlone({ db }: Store, id: string): Promise<void> {
  const [row] = await db.select({ kind: table.kind, key: table.key }).from(table).where(eq(table.id, id));
  if (row?.key == null) return;
  const [other] = await db
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.kind, row.kind), eq(table.key, row.key), ne(table.id, id), isOpen));
  if (!other) return;
  throw new InputError("key_taken", `Other work on the same thing is open: ${other.id}.`, {
    details: { id, other: other.id, key: row.key },
    hint: "wait for it, or cancel it",
  });
}

const isOpen = inArray(table.status, ["queued", "running", "waiting"]);

async function ask({ db }: Store, id: string, asked: "cancel" | "pause"): Promise<void> {
  await db
    .update(table)
    .set({ asked })
    .where(and(eq(table.id, id), eq(table.status, "running")));
  announce(id);
}

function notOpen({ id, name, status }: WorkRecord, what: "pause" | "resume" | "delete"): InputError {
  const hints = {
    pause: "it has ended",
    resume: "only what waits, failed or was cancelled can be resumed",
    delete: "cancel it first",
  };
  return new InputError(
    what === "delete" ? "still_open" : "wrong_status",
    `Cannot ${what} ${JSON.stringify(name)}: it is ${status}.`,
    { details: { id, status }, hint: hints[what] },
  );
}
