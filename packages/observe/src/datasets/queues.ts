import { randomUUID } from "node:crypto";
import { NotFoundError } from "@loam/core";
import { annotationItems, annotationQueues, type Store } from "@loam/store";
import { and, asc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";

/** Spans that wait for a person's judgement. */
export interface AnnotationQueue {
  id: string;
  name: string;
  description: string | null;
  extra: Record<string, unknown>;
  createdAt: Date;
  updatedAt: Date;
}

export async function createQueue(
  store: Store,
  queue: Pick<AnnotationQueue, "name"> & Partial<AnnotationQueue>,
): Promise<AnnotationQueue> {
  const [row] = await store.db
    .insert(annotationQueues)
    .values({ ...queue, id: queue.id ?? randomUUID() })
    .onConflictDoUpdate({ target: annotationQueues.id, set: { name: queue.name, updatedAt: sql`now()` } })
    .returning();
  return row!;
}

export async function listQueues(
  store: Store,
  {
    ids,
    name,
    nameContains,
    limit = 100,
    offset = 0,
  }: { ids?: readonly string[]; name?: string; nameContains?: string; limit?: number; offset?: number } = {},
): Promise<AnnotationQueue[]> {
  return await store.db
    .select()
    .from(annotationQueues)
    .where(
      and(
        ids && inArray(annotationQueues.id, [...ids]),
        name === undefined ? undefined : eq(annotationQueues.name, name),
        nameContains === undefined ? undefined : sql`position(${nameContains} in ${annotationQueues.name}) > 0`,
      ),
    )
    .orderBy(asc(annotationQueues.createdAt))
    .limit(limit)
    .offset(offset);
}

/** @throws {NotFoundError} */
export async function getQueue(store: Store, id: string): Promise<AnnotationQueue> {
  const [found] = await listQueues(store, { ids: [id] });
  if (!found) throw new NotFoundError("annotation queue", id);
  return found;
}

/** @throws {NotFoundError} */
export async function updateQueue(
  store: Store,
  id: string,
  changes: Partial<Pick<AnnotationQueue, "name" | "description" | "extra">>,
): Promise<AnnotationQueue> {
  await store.db
    .update(annotationQueues)
    .set({ ...changes, updatedAt: sql`now()` })
    .where(eq(annotationQueues.id, id));
  return await getQueue(store, id);
}

/** @throws {NotFoundError} */
export async function deleteQueue(store: Store, id: string): Promise<void> {
  await getQueue(store, id);
  await store.db.delete(annotationQueues).where(eq(annotationQueues.id, id));
}

/** Adds spans; one that is there already stays where it is. @throws {NotFoundError} */
export async function addToQueue(store: Store, id: string, spanIds: readonly string[]): Promise<void> {
  await getQueue(store, id);
  if (spanIds.length > 0)
    await store.db
      .insert(annotationItems)
      .values(spanIds.map((spanId) => ({ queueId: id, spanId })))
      .onConflictDoNothing();
}

export interface QueueItem {
  spanId: string;
  addedAt: Date;
  doneAt: Date | null;
}

/** What waits, in order. */
export async function queueItems(
  store: Store,
  id: string,
  { limit = 100, offset = 0, done = false }: { limit?: number; offset?: number; done?: boolean } = {},
): Promise<QueueItem[]> {
  const waits: SQL | undefined = done ? undefined : isNull(annotationItems.doneAt);
  return await store.db
    .select({ spanId: annotationItems.spanId, addedAt: annotationItems.addedAt, doneAt: annotationItems.doneAt })
    .from(annotationItems)
    .where(and(eq(annotationItems.queueId, id), waits))
    .orderBy(asc(annotationItems.position))
    .limit(limit)
    .offset(offset);
}

/** How many spans of a queue wait, and how many are judged. */
export async function countQueue(store: Store, id: string): Promise<{ waiting: number; done: number }> {
  const [row] = await store.db
    .select({
      waiting: sql<number>`count(*) filter (where ${annotationItems.doneAt} is null)::int`,
      done: sql<number>`count(${annotationItems.doneAt})::int`,
    })
    .from(annotationItems)
    .where(eq(annotationItems.queueId, id));
  return row!;
}

/** Takes a span out of a queue, or marks it as judged. @returns whether it was there. */
export async function settleQueueItem(
  store: Store,
  id: string,
  spanId: string,
  how: "remove" | "done" | "again",
): Promise<boolean> {
  const where = and(eq(annotationItems.queueId, id), eq(annotationItems.spanId, spanId));
  const changed =
    how === "remove"
      ? await store.db.delete(annotationItems).where(where).returning({ id: annotationItems.spanId })
      : await store.db
          .update(annotationItems)
          .set({ doneAt: how === "done" ? sql`now()` : null, reviews: sql`${annotationItems.reviews} + 1` })
          .where(where)
          .returning({ id: annotationItems.spanId });
  return changed.length > 0;
}
