import { type ProcessIdentity, processState, thisProcess } from "@loam/core";
import { newId, type Store, work as table, type WorkError } from "@loam/store";
import { and, eq, sql } from "drizzle-orm";
import { appendEvents, type NewEvent } from "./events.ts";
import { getWork, type StoredUpdate, type WorkRecord } from "./work-record.ts";

/** A claim on a piece of work: nobody else runs it while its lease is renewed. */
export interface Claim {
  readonly id: string;
  readonly lease: string;
  readonly record: WorkRecord;
  /** How often it may be taken up. */
  readonly maxAttempts: number;
}

/**
 * Takes the next piece of work of these kinds, if there is one: what waits its turn, and what a lost worker had. Of
 * several that ask at once, one gets it.
 */
export async function claimWork(
  store: Store,
  kinds: readonly string[],
  { leaseSeconds }: { leaseSeconds: number },
): Promise<Claim | undefined> {
  if (kinds.length === 0) return undefined;
  const lease = newLease();
  const names = sql.join(
    kinds.map((kind) => sql`${kind}`),
    sql`, `,
  );
  return await store.db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string; max_attempts: number }>(sql`
      update ${table} set
        status = 'running', lease = ${lease}, leased_until = now() + make_interval(secs => ${leaseSeconds}),
        attempts = attempts + 1, started_at = coalesce(started_at, now())
      where ${table.id} = (
        select ${table.id} from ${table}
        where ${table.kind} in (${names})
          and (${table.status} = 'queued' and coalesce(${table.notBefore} <= now(), true)
            or ${table.status} = 'running' and ${table.leasedUntil} < now())
        order by ${table.priority} desc, ${table.createdAt}
        limit 1 for update skip locked)
      returning id, max_attempts`);
    const row = rows[0];
    if (!row) return undefined;
    await appendEvents(tx, row.id, [{ type: "status", data: { status: "running" } }]);
    const record = await getWork({ ...store, db: tx }, row.id);
    return { id: row.id, lease, record, maxAttempts: row.max_attempts };
  });
}

/**
 * Takes one piece of work whatever became of it, unless somebody else works on it.
 *
 * @returns undefined while somebody does.
 */
export async function claimThis(
  store: Store,
  id: string,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<Claim | undefined> {
  const lease = newLease();
  return await store.db.transaction(async (tx) => {
    const [row] = await tx
      .update(table)
      .set({
        ...{ status: "running", lease, attempts: 1, asked: null, error: null, notBefore: null, finishedAt: null },
        leasedUntil: sql`now() + make_interval(secs => ${leaseSeconds})`,
        startedAt: sql`coalesce(${table.startedAt}, now())`,
      })
      .where(and(eq(table.id, id), sql`(${table.status} <> 'running' or ${table.leasedUntil} < now())`))
      .returning({ maxAttempts: table.maxAttempts });
    if (!row) return undefined;
    await appendEvents(tx, id, [{ type: "status", data: { status: "running" } }]);
    const record = await getWork({ ...store, db: tx }, id);
    return { id, lease, record, maxAttempts: row.maxAttempts };
  });
}

let holder: string | undefined;

/** A lease says which process holds it, so that the next one on this machine need not wait for its end. */
function newLease(): string {
  holder ??= Buffer.from(JSON.stringify(thisProcess())).toString("base64url");
  return `${newId("lease")}.${holder}`;
}

/** Ends the leases of processes that ran on this machine and are gone: killed, or lost with its power. */
export async function endDeadLeases({ db }: Store): Promise<void> {
  const held = await db
    .select({ id: table.id, lease: table.lease })
    .from(table)
    .where(and(eq(table.status, "running"), sql`${table.leasedUntil} >= now()`));
  for (const { id, lease } of held) {
    if (!lease || holderState(lease) !== "dead") continue;
    await db.update(table).set({ leasedUntil: sql`now() - interval '1 second'` }).where(holds({ id, lease }));
  }
}

function holderState(lease: string): ReturnType<typeof processState> {
  try {
    const identity = JSON.parse(Buffer.from(lease.split(".")[1] ?? "", "base64url").toString("utf8"));
    return processState(identity as ProcessIdentity);
  } catch {
    return "unknown"; // written by an older version
  }
}

/** Says that the worker lives. @returns what the work is asked, or `lost` when somebody else has it now. */
export async function renewClaim(
  { db }: Store,
  { id, lease }: Claim,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<"cancel" | "pause" | "lost" | null> {
  const rows = await db
    .update(table)
    .set({ leasedUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
    .where(holds({ id, lease }))
    .returning({ asked: table.asked });
  return rows.length === 0 ? "lost" : rows[0]!.asked;
}

/** Changes the row while the claim holds. @returns whether it did. */
export async function updateClaimed({ db }: Store, claim: Claim, values: StoredUpdate): Promise<boolean> {
  const rows = await db.update(table).set(values).where(holds(claim)).returning({ id: table.id });
  return rows.length > 0;
}

/** Where a claim ends. */
export type Outcome =
  | { status: "finished"; result: unknown }
  | { status: "failed"; error: WorkError }
  | { status: "cancelled" }
  | { status: "waiting"; reason: string; data?: unknown }
  /** Back to the queue: the worker stops (`free`: that was no attempt), or a failure may pass. */
  | { status: "queued"; delaySeconds: number; error?: WorkError; free: boolean };

/** Writes how a claim ended, with the events that were still on their way. Nothing happens when it is lost. */
export async function settleClaim(
  store: Store,
  claim: Claim,
  outcome: Outcome,
  events: readonly NewEvent[] = [],
): Promise<boolean> {
  const { status, ...said } = outcome;
  const ended = status === "finished" || status === "failed" || status === "cancelled";
  return await store.db.transaction(async (tx) => {
    const entries = [...events, { type: "status", data: { status, ...("result" in said ? {} : said) } }];
    if (!(await appendEvents(tx, claim.id, entries, claim))) return false;
    await tx
      .update(table)
      .set({
        status,
        lease: null,
        leasedUntil: null,
        asked: null,
        ...("result" in outcome && { result: outcome.result ?? null }),
        ...("error" in outcome && { error: outcome.error }),
        ...(ended && { finishedAt: sql`now()` }),
        ...(outcome.status === "queued" && {
          notBefore: sql`now() + make_interval(secs => ${outcome.delaySeconds})`,
          ...(outcome.free && { attempts: sql`${table.attempts} - 1` }),
        }),
      })
      .where(eq(table.id, claim.id));
    return true;
  });
}

function holds({ id, lease }: Pick<Claim, "id" | "lease">) {
  return sql`${table.id} = ${id} and ${table.lease} = ${lease}`;
}
