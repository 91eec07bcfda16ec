import { randomUUID } from "node:crypto";
import { NotFoundError } from "@loam/core";
import { projects, runs, type Store, spans, traces } from "@loam/store";
import { and, asc, desc, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { deleteTraces } from "../record/traces.ts";
import { LegalHoldError } from "../spans/trace-bin.ts";
import { NameTakenError } from "./name-taken.ts";
import { purgeRuns } from "./purge-runs.ts";

/** What traces and runs are kept in, by whatever word a client calls it: project, experiment, session, service. */
export interface Project {
  id: number;
  uuid: string;
  name: string;
  description: string | null;
  tags: Record<string, string>;
  extra: Record<string, unknown>;
  datasetId: string | null;
  createdAt: Date;
  updatedAt: Date;
  endedAt: Date | null;
  deletedAt: Date | null;
  /** How long and how much of its traces is kept; all of them when null. */
  retention: Record<string, unknown> | null;
  /** Nothing of it is deleted. */
  legalHold: boolean;
}

export type NewProject = Pick<Project, "name"> &
  Partial<Pick<Project, "uuid" | "description" | "tags" | "extra" | "datasetId" | "createdAt">>;

/** Makes a project. @throws {NameTakenError} when there is one of that name. */
export async function createProject(store: Store, project: NewProject): Promise<Project> {
  const made = await insertProject(store, project);
  if (made) return made;
  throw new NameTakenError("name", project.name, "the name of no other project", "choose another name");
}

/** The project, made where there was none, then with `uuid` where that is given. */
export async function ensureProject(store: Store, name: string, { uuid }: { uuid?: string } = {}): Promise<Project> {
  return (
    (await findProject(store, { name })) ??
    (await insertProject(store, { name, uuid })) ??
    (await findProject(store, { name }))!
  );
}

async function insertProject(store: Store, project: NewProject): Promise<Project | undefined> {
  const [row] = await store.db
    .insert(projects)
    .values({ ...project, uuid: project.uuid ?? randomUUID() })
    .onConflictDoNothing()
    .returning();
  return row;
}

export type ProjectKey = { name: string } | { id: number } | { uuid: string };

export async function findProject(store: Store, key: ProjectKey): Promise<Project | undefined> {
  const [row] = await store.db.select().from(projects).where(byKey(key));
  return row;
}

/** @throws {NotFoundError} */
export async function getProject(store: Store, key: ProjectKey): Promise<Project> {
  const found = await findProject(store, key);
  if (!found) throw new NotFoundError("project", String(Object.values(key)[0]));
  return found;
}

function byKey(key: ProjectKey): SQL {
  if ("name" in key) return eq(projects.name, key.name);
  if ("id" in key) return eq(projects.id, Number.isSafeInteger(key.id) && Math.abs(key.id) < 2 ** 31 ? key.id : -1);
  return eq(projects.uuid, key.uuid.toLowerCase());
}

export interface ListProjectsOptions {
  name?: string;
  nameContains?: string;
  ids?: readonly string[];
  datasetId?: string;
  /** Those that stand for no run over a dataset. */
  withoutDataset?: boolean;
  deleted?: "hide" | "only" | "show";
  where?: SQL;
  orderBy?: readonly SQL[];
  limit?: number;
  offset?: number;
}

export async function listProjects(
  store: Store,
  {
    name,
    nameContains,
    ids,
    datasetId,
    withoutDataset,
    deleted = "hide",
    where,
    orderBy = [desc(projects.createdAt), asc(projects.id)],
    limit = 100,
    offset = 0,
  }: ListProjectsOptions = {},
): Promise<Project[]> {
  return await store.db
    .select()
    .from(projects)
    .where(
      and(
        name === undefined ? undefined : eq(projects.name, name),
        nameContains === undefined ? undefined : sql`position(${nameContains} in ${projects.name}) > 0`,
        ids && inArray(projects.uuid, [...ids]),
        datasetId === undefined ? undefined : eq(projects.datasetId, datasetId),
        withoutDataset ? isNull(projects.datasetId) : undefined,
        deleted === "hide"
          ? isNull(projects.deletedAt)
          : deleted === "only"
            ? isNotNull(projects.deletedAt)
            : undefined,
        where,
      ),
    )
    .orderBy(...orderBy)
    .limit(limit)
    .offset(offset);
}

/**
 * Changes what is given. A new name goes to the project's runs and traces as well.
 *
 * @throws {NameTakenError} when another project has the name.
 */
export async function updateProject(
  store: Store,
  key: ProjectKey,
  changes: Partial<
    Pick<
      Project,
      "name" | "description" | "tags" | "extra" | "datasetId" | "endedAt" | "deletedAt" | "retention" | "legalHold"
    >
  >,
): Promise<Project> {
  const project = await getProject(store, key);
  const { name } = changes;
  const renamed = name !== undefined && name !== project.name;
  if (renamed && (await findProject(store, { name })))
    throw new NameTakenError("name", name, "the name of no other project", "choose another name");
  return await store.db.transaction(async (tx) => {
    if (renamed) {
      await tx.update(runs).set({ experiment: name }).where(eq(runs.experiment, project.name));
      await tx.update(spans).set({ project: name }).where(eq(spans.project, project.name));
      await tx.update(traces).set({ project: name }).where(eq(traces.project, project.name));
    }
    const [row] = await tx
      .update(projects)
      .set({ ...changes, updatedAt: sql`now()` })
      .where(eq(projects.id, project.id))
      .returning();
    return row!;
  });
}

/**
 * Deletes a project with its traces and runs, for good.
 *
 * @throws {LegalHoldError} when the project or one of its traces is under a legal hold.
 */
export async function deleteProject(store: Store, key: ProjectKey): Promise<void> {
  const { id, name, legalHold } = await getProject(store, key);
  if (legalHold) throw new LegalHoldError("project", name);
  for (;;) {
    const some = await store.db.select({ id: traces.id }).from(traces).where(eq(traces.project, name)).limit(200);
    if (some.length === 0) break;
    const gone = await deleteTraces(
      store,
      some.map((trace) => trace.id),
    );
    if (gone < some.length) throw new LegalHoldError("project", `${name}, or one of its traces,`);
  }
  await purgeRuns(store, eq(runs.experiment, name));
  await store.db.delete(projects).where(eq(projects.id, id));
}
