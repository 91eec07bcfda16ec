import { NotFoundError } from "@loam/core";
import {
  newId,
  type RunError,
  type RunProgress,
  type RunStatus,
  runArtifacts,
  runs,
  runTexts,
  type Store,
} from "@loam/store";
import { and, asc, desc, eq, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import { ensureProject } from "../projects/projects.ts";
import { purgeRuns } from "../projects/purge-runs.ts";

/** The status as people want to know it: a running one that is not heard of any more was interrupted. */
export type RunState = RunStatus | "interrupted";

/** A run as it stands in the store. */
export interface Run {
  id: string;
  kind: string;
  experiment: string;
  name: string;
  status: RunState;
  params: Record<string, unknown>;
  summary: Record<string, unknown>;
  tags: Record<string, string>;
  progress: RunProgress | null;
  error: RunError | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** How long a running run may be silent. A recorder renews its heartbeat every ten seconds. */
export const silentSeconds = 60;

const isSilent = sql`${runs.status} = 'running' and ${runs.heartbeatAt} < now() - make_interval(secs => ${silentSeconds})`;

export const runColumns = {
  id: runs.id,
  kind: runs.kind,
  experiment: runs.experiment,
  name: runs.name,
  status: sql<RunState>`case when ${isSilent} then 'interrupted' else ${runs.status} end`,
  params: runs.params,
  summary: runs.summary,
  tags: runs.tags,
  progress: runs.progress,
  error: runs.error,
  createdAt: runs.createdAt,
  startedAt: runs.startedAt,
  finishedAt: runs.finishedAt,
};

/** Puts a run on the list that a worker takes up later, with `storeRecorder(store, { run })`. */
export async function queueRun(
  store: Store,
  run: {
    kind: string;
    name: string;
    experiment?: string;
    params: Readonly<Record<string, unknown>>;
    tags?: Readonly<Record<string, string>>;
  },
): Promise<Run> {
  const id = newId("run");
  await ensureProject(store, run.experiment ?? "default");
  await store.db.insert(runs).values({ tags: {}, ...run, id, status: "queued", summary: {} });
  return getRun(store, id);
}

/** The newest runs, newest first; `before` with the id of the last one gives the next page. */
export async function listRuns(
  store: Store,
  {
    kind,
    experiment,
    tags,
    ids,
    limit = 100,
    before,
  }: {
    kind?: string;
    experiment?: string;
    /** Tags that the runs must have. */
    tags?: Readonly<Record<string, string>>;
    ids?: readonly string[];
    limit?: number;
    before?: string;
  } = {},
): Promise<Run[]> {
  const conditions: SQL[] = [isNull(runs.deletedAt)];
  if (kind) conditions.push(eq(runs.kind, kind));
  if (experiment) conditions.push(eq(runs.experiment, experiment));
  if (tags) conditions.push(sql`${runs.tags} @> ${sql.param(tags, runs.tags)}`);
  if (ids) conditions.push(inArray(runs.id, [...ids]));
  if (before) {
    const seen = store.db.select({ createdAt: runs.createdAt }).from(runs).where(eq(runs.id, before));
    conditions.push(lt(runs.createdAt, sql`(${seen})`));
  }
  return await store.db
    .select(runColumns)
    .from(runs)
    .where(and(...conditions))
    .orderBy(desc(runs.createdAt), desc(runs.id))
    .limit(limit);
}

/** @throws {NotFoundError} */
export async function getRun(store: Store, id: string): Promise<Run> {
  const [run] = await store.db.select(runColumns).from(runs).where(eq(runs.id, id));
  if (!run) throw new NotFoundError("run", id);
  return run;
}

/**
 * Says how a run stands that nobody works on: queued again, or ended. One that ended otherwise meanwhile stays as it is.
 *
 * @returns whether it was changed.
 */
export async function settleRun(
  store: Store,
  id: string,
  { from, to, error }: { from: readonly RunStatus[]; to: RunStatus; error?: RunError },
): Promise<boolean> {
  const ended = to !== "queued" && to !== "running";
  const changed = await store.db
    .update(runs)
    .set({ status: to, error: error ?? null, finishedAt: ended ? sql`now()` : null })
    .where(and(eq(runs.id, id), inArray(runs.status, [...from])))
    .returning({ id: runs.id });
  return changed.length > 0;
}

/** Adds tags to those that a run has. */
export async function setRunTags(store: Store, id: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await store.db
    .update(runs)
    .set({ tags: sql`${runs.tags} || ${sql.param(tags, runs.tags)}` })
    .where(eq(runs.id, id));
}

/** Deletes a run with its points, texts and the list of its artifacts; the files stay. @throws {NotFoundError} */
export async function deleteRun(store: Store, id: string): Promise<void> {
  const gone = await purgeRuns(store, eq(runs.id, id));
  if (gone === 0) throw new NotFoundError("run", id);
}

/** Texts of a run in the order of their steps. */
export async function runTextsOf(store: Store, id: string): Promise<{ tag: string; step: number; text: string }[]> {
  return await store.db
    .select({ tag: runTexts.tag, step: runTexts.step, text: runTexts.text })
    .from(runTexts)
    .where(eq(runTexts.runId, id))
    .orderBy(asc(runTexts.step), asc(runTexts.tag));
}

/** Paths of what a run has made, oldest first. */
export async function runArtifactsOf(store: Store, id: string): Promise<string[]> {
  const rows = await store.db
    .select({ path: runArtifacts.path })
    .from(runArtifacts)
    .where(eq(runArtifacts.runId, id))
    .orderBy(asc(runArtifacts.createdAt));
  return rows.map(({ path }) => path);
}
