import { StateError } from "../objects/collection.ts";
import type { StoredVectorStore } from "./types.ts";

const dayMs = 24 * 3600_000;

export function expiryOf(from: Date, days: number | null): Date | null {
  return days === null ? null : new Date(from.getTime() + days * dayMs);
}

export function expiredIfOver(store: StoredVectorStore): StoredVectorStore {
  return store.expiresAt && store.expiresAt <= new Date() ? { ...store, status: "expired" } : store;
}

/** @throws {StateError} when the vector store has expired. */
export function requireUsable(store: StoredVectorStore): StoredVectorStore {
  if (store.status !== "expired") return store;
  throw new StateError(`The vector store ${store.id} has expired.`, {
    code: "vector_store_expired",
    hint: "create another with POST /v1/vector_stores, and put the files in it",
  });
}
