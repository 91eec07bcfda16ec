import { randomUUID } from "node:crypto";
import { NotFoundError } from "@loam/core";
import { datasets, examples, type Store } from "@loam/store";
import { and, asc, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { NameTakenError } from "../projects/name-taken.ts";

export interface Dataset {
  id: string;
  name: string;
  description: string | null;
  dataType: string;
  tags: Record<string, string>;
  extra: Record<string, unknown>;
  createdAt: Date;
  modifiedAt: Date;
}

export interface DatasetWithCounts extends Dataset {
  examples: number;
  /** Runs of a program over it. */
  experiments: number;
}

export interface Example {
  id: string;
  datasetId: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown> | null;
  metadata: Record<string, unknown> | null;
  split: string[] | null;
  sourceRunId: string | null;
  createdAt: Date;
  modifiedAt: Date;
}

/** @throws {NameTakenError} */
export async function createDataset(
  store: Store,
  dataset: Pick<Dataset, "name"> & Partial<Omit<Dataset, "name" | "modifiedAt">>,
): Promise<Dataset> {
  const [row] = await store.db
    .insert(datasets)
    .values({ ...dataset, id: dataset.id ?? randomUUID() })
    .onConflictDoNothing()
    .returning();
  if (!row) throw new NameTakenError("name", dataset.name, "the name of no other dataset", "choose another name");
  return row;
}

export async function listDatasets(
  store: Store,
  {
    ids,
    name,
    nameContains,
    limit = 100,
    offset = 0,
  }: { ids?: readonly string[]; name?: string; nameContains?: string; limit?: number; offset?: number } = {},
): Promise<DatasetWithCounts[]> {
  return await store.db
    .select({
      id: datasets.id,
      name: datasets.name,
      description: datasets.description,
      dataType: datasets.dataType,
      tags: datasets.tags,
      extra: datasets.extra,
      createdAt: datasets.createdAt,
      modifiedAt: datasets.modifiedAt,
      examples: sql<number>`(select count(*)::int from examples e where e.dataset_id = datasets.id)`,
      experiments: sql<number>`(select count(*)::int from projects p where p.dataset_id = datasets.id)`,
    })
    .from(datasets)
    .where(
      and(
        ids && (ids.length > 0 ? inArray(datasets.id, [...ids]) : sql`false`),
        name === undefined ? undefined : eq(datasets.name, name),
        nameContains === undefined ? undefined : sql`position(lower(${nameContains}) in lower(${datasets.name})) > 0`,
      ),
    )
    .orderBy(desc(datasets.createdAt), asc(datasets.id))
    .limit(limit)
    .offset(offset);
}

/** @throws {NotFoundError} */
export async function getDataset(store: Store, key: { id: string } | { name: string }): Promise<DatasetWithCounts> {
  const [found] = await listDatasets(store, "id" in key ? { ids: [key.id] } : { name: key.name });
  if (!found) throw new NotFoundError("dataset", "id" in key ? key.id : key.name);
  return found;
}

/** @throws {NotFoundError} @throws {NameTakenError} */
export async function updateDataset(
  store: Store,
  id: string,
  changes: Partial<Pick<Dataset, "name" | "description" | "tags" | "extra">>,
): Promise<DatasetWithCounts> {
  const { name } = changes;
  if (name !== undefined) {
    const [other] = await listDatasets(store, { name });
    if (other && other.id !== id) throw new NameTakenError("name", name, "the name of no other dataset");
  }
  await store.db
    .update(datasets)
    .set({ ...changes, modifiedAt: sql`now()` })
    .where(eq(datasets.id, id));
  return await getDataset(store, { id });
}

/** Deletes a dataset with its examples. @throws {NotFoundError} */
export async function deleteDataset(store: Store, id: string): Promise<void> {
  const gone = await store.db.delete(datasets).where(eq(datasets.id, id)).returning({ id: datasets.id });
  if (gone.length === 0) throw new NotFoundError("dataset", id);
}

export type NewExample = Pick<Example, "inputs"> & Partial<Omit<Example, "inputs" | "datasetId" | "modifiedAt">>;

/** Adds examples, or replaces those with the same ids. @throws {NotFoundError} when there is no such dataset. */
export async function putExamples(store: Store, datasetId: string, added: readonly NewExample[]): Promise<Example[]> {
  await getDataset(store, { id: datasetId });
  const rows: Example[] = [];
  await store.db.transaction(async (tx) => {
    for (let i = 0; i < added.length; i += 500)
      rows.push(
        ...(await tx
          .insert(examples)
          .values(added.slice(i, i + 500).map((each) => ({ ...each, id: each.id ?? randomUUID(), datasetId })))
          .onConflictDoUpdate({
            target: examples.id,
            set: {
              inputs: sql`excluded.inputs`,
              outputs: sql`excluded.outputs`,
              metadata: sql`excluded.metadata`,
              split: sql`excluded.split`,
              modifiedAt: sql`now()`,
            },
            setWhere: eq(examples.datasetId, datasetId),
          })
          .returning()),
      );
    await tx.update(datasets).set({ modifiedAt: sql`now()` }).where(eq(datasets.id, datasetId));
  });
  return rows;
}

export async function listExamples(
  store: Store,
  {
    datasetId,
    ids,
    splits,
    metadata,
    text,
    limit = 100,
    offset = 0,
  }: {
    datasetId?: string;
    ids?: readonly string[];
    splits?: readonly string[];
    metadata?: Record<string, unknown>;
    /** Texts that inputs or outputs hold, all of them. */
    text?: readonly string[];
    limit?: number;
    offset?: number;
  } = {},
): Promise<Example[]> {
  const conditions: (SQL | undefined)[] = [
    datasetId === undefined ? undefined : eq(examples.datasetId, datasetId),
    ids && (ids.length > 0 ? inArray(examples.id, [...ids]) : sql`false`),
    metadata && sql`${examples.metadata} @> ${JSON.stringify(metadata)}::jsonb`,
    ...(text ?? []).map(
      (each) =>
        sql`position(lower(${each}) in lower(${examples.inputs}::text || coalesce(${examples.outputs}::text, ''))) > 0`,
    ),
  ];
  if (splits && splits.length > 0)
    conditions.push(
      sql`(${sql.join(
        splits.map((split) => sql`coalesce(${examples.split}, '["base"]') @> ${JSON.stringify([split])}::jsonb`),
        sql` or `,
      )})`,
    );
  return await store.db
    .select()
    .from(examples)
    .where(and(...conditions))
    .orderBy(asc(examples.seq))
    .limit(limit)
    .offset(offset);
}

/** @throws {NotFoundError} */
export async function updateExample(
  store: Store,
  id: string,
  changes: Partial<Pick<Example, "inputs" | "outputs" | "metadata" | "split">>,
): Promise<Example> {
  const [row] = await store.db
    .update(examples)
    .set({ ...changes, modifiedAt: sql`now()` })
    .where(eq(examples.id, id))
    .returning();
  if (!row) throw new NotFoundError("example", id);
  return row;
}

/** @returns how many there were. */
export async function deleteExamples(store: Store, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return (
    await store.db
      .delete(examples)
      .where(inArray(examples.id, [...ids]))
      .returning({ id: examples.id })
  ).length;
}
