import { randomBytes } from "node:crypto";
import { NotFoundError } from "@loam/core";
import { loggedModels, type Store } from "@loam/store";
import { and, desc, eq, inArray, type SQL, sql } from "drizzle-orm";

/** A model as a run has logged it. */
export interface LoggedModel {
  id: string;
  projectId: number;
  name: string;
  runId: string | null;
  modelType: string | null;
  status: string;
  params: Record<string, string>;
  tags: Record<string, string>;
  metrics: Record<string, unknown>[];
  createdAt: Date;
  updatedAt: Date;
}

export async function createLoggedModel(
  store: Store,
  model: Pick<LoggedModel, "projectId" | "name" | "status"> &
    Partial<Pick<LoggedModel, "runId" | "modelType" | "params" | "tags">>,
): Promise<LoggedModel> {
  const [row] = await store.db
    .insert(loggedModels)
    .values({ ...model, id: `m-${randomBytes(16).toString("hex")}` })
    .returning();
  return row!;
}

/** @throws {NotFoundError} */
export async function getLoggedModel(store: Store, id: string): Promise<LoggedModel> {
  const [row] = await store.db.select().from(loggedModels).where(eq(loggedModels.id, id));
  if (!row) throw new NotFoundError("logged model", id);
  return row;
}

export async function listLoggedModels(
  store: Store,
  {
    projectIds,
    where,
    limit = 100,
    offset = 0,
  }: { projectIds?: readonly number[]; where?: SQL; limit?: number; offset?: number },
): Promise<LoggedModel[]> {
  if (projectIds?.length === 0) return [];
  return await store.db
    .select()
    .from(loggedModels)
    .where(and(projectIds && inArray(loggedModels.projectId, [...projectIds]), where))
    .orderBy(desc(loggedModels.createdAt), desc(loggedModels.id))
    .limit(limit)
    .offset(offset);
}

/** Changes what is given; params and tags are added to those that there are. @throws {NotFoundError} */
export async function updateLoggedModel(
  store: Store,
  id: string,
  { status, params, tags }: Partial<Pick<LoggedModel, "status" | "params" | "tags">>,
): Promise<LoggedModel> {
  const [row] = await store.db
    .update(loggedModels)
    .set({
      ...(status === undefined ? {} : { status }),
      ...(params && { params: sql`${loggedModels.params} || ${sql.param(params, loggedModels.params)}` }),
      ...(tags && { tags: sql`${loggedModels.tags} || ${sql.param(tags, loggedModels.tags)}` }),
      updatedAt: sql`now()`,
    })
    .where(eq(loggedModels.id, id))
    .returning();
  if (!row) throw new NotFoundError("logged model", id);
  return row;
}

export async function deleteLoggedModelTag(store: Store, id: string, key: string): Promise<void> {
  await store.db
    .update(loggedModels)
    .set({ tags: sql`${loggedModels.tags} - ${key}::text` })
    .where(eq(loggedModels.id, id));
}

/** @throws {NotFoundError} */
export async function deleteLoggedModel(store: Store, id: string): Promise<void> {
  await getLoggedModel(store, id);
  await store.db.delete(loggedModels).where(eq(loggedModels.id, id));
}

/** Adds metrics that were logged for a model; the newest of each key stays. */
export async function addModelMetrics(
  store: Store,
  id: string,
  metrics: readonly Record<string, unknown>[],
): Promise<void> {
  await store.db.transaction(async (tx) => {
    const [row] = await tx
      .select({ metrics: loggedModels.metrics })
      .from(loggedModels)
      .where(eq(loggedModels.id, id))
      .for("update");
    if (!row) return;
    const byKey = new Map([...row.metrics, ...metrics].map((metric) => [String(metric.key), metric]));
    await tx
      .update(loggedModels)
      .set({ metrics: [...byKey.values()] })
      .where(eq(loggedModels.id, id));
  });
}
