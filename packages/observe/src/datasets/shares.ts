import { randomUUID } from "node:crypto";
import { NotFoundError } from "@loam/core";
import { type Store, shares } from "@loam/store";
import { eq } from "drizzle-orm";

/** Makes a span readable by a link. A span has one link; asking again gives the same. */
export async function shareSpan(store: Store, spanId: string, token: string = randomUUID()): Promise<string> {
  await store.db.insert(shares).values({ token, spanId }).onConflictDoNothing();
  return (await shareOf(store, spanId))!;
}

export async function shareOf(store: Store, spanId: string): Promise<string | undefined> {
  const [row] = await store.db.select({ token: shares.token }).from(shares).where(eq(shares.spanId, spanId));
  return row?.token;
}

export async function unshareSpan(store: Store, spanId: string): Promise<void> {
  await store.db.delete(shares).where(eq(shares.spanId, spanId));
}

/** The span that a link stands for. @throws {NotFoundError} */
export async function sharedSpan(store: Store, token: string): Promise<string> {
  const [row] = await store.db.select({ spanId: shares.spanId }).from(shares).where(eq(shares.token, token));
  if (!row) throw new NotFoundError("shared link", token);
  return row.spanId;
}
