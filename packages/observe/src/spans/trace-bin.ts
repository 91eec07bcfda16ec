import { LoamError } from "@loam/core";
import { type Store, traces } from "@loam/store";
import { and, inArray, isNotNull, isNull, not, sql } from "drizzle-orm";
import { isFree } from "../record/traces.ts";

/** Somebody has asked that a thing be kept. */
export class LegalHoldError extends LoamError {
  constructor(what: string, id: string) {
    super("legal_hold", `The ${what} ${id} is under a legal hold and cannot be deleted.`, {
      details: { id },
      hint: "take the hold off first, from it and from its project",
      status: 409,
      exitCode: 3,
    });
  }
}

/** Puts traces into the bin, from which they can be taken back. @returns the ids of those that are new there. */
export async function binTraces(store: Store, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const moved = await store.db
    .update(traces)
    .set({ deletedAt: sql`now()` })
    .where(and(inArray(traces.id, [...ids]), isNull(traces.deletedAt), isFree))
    .returning({ id: traces.id });
  return moved.map(({ id }) => id);
}

/** Takes traces out of the bin. @returns the ids of those that were there. */
export async function restoreTraces(store: Store, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const moved = await store.db
    .update(traces)
    .set({ deletedAt: null })
    .where(and(inArray(traces.id, [...ids]), isNotNull(traces.deletedAt)))
    .returning({ id: traces.id });
  return moved.map(({ id }) => id);
}

/** Which of some traces are under a legal hold of their own or of their project. */
export async function heldTraces(store: Store, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const held = await store.db
    .select({ id: traces.id })
    .from(traces)
    .where(and(inArray(traces.id, [...ids]), not(isFree)));
  return held.map(({ id }) => id);
}

/** Sets or takes off a hold: what is held is deleted by nobody and no rule. */
export async function holdTraces(store: Store, ids: readonly string[], hold: boolean): Promise<number> {
  if (ids.length === 0) return 0;
  const changed = await store.db
    .update(traces)
    .set({ legalHold: hold })
    .where(inArray(traces.id, [...ids]))
    .returning({ id: traces.id });
  return changed.length;
}
