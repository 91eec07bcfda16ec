import { InputError, NotFoundError } from "@loam/core";
import { redactText } from "@loam/observe";
import { evaluationCells, evaluationRuns, type Store } from "@loam/store";
import { listWork, type WorkRecord } from "@loam/work";
import { count, desc, eq, inArray } from "drizzle-orm";
import { slug } from "../../text/slug.ts";
import { type Dataset, makeDataset } from "../dataset.ts";
import type { EvaluationRun } from "../evaluation-run.ts";
import type { RunRecord } from "../kept/run-record.ts";
import type { EvaluationSpec } from "../spec.ts";

/** An evaluation as lists show it. */
export interface StoredEvaluation extends RunRecord {
  id: string;
  /** `stopped`: put aside, cancelled, or its process was lost; it goes on when it is resumed. */
  state: "queued" | "running" | "finished" | "failed" | "stopped";
  /** Cells written so far. */
  cellsDone: number;
  /** Id of the work that makes it; null for one that came from a folder. */
  work: string | null;
  /** Why it failed. */
  error: string | null;
}

/** Rows of a dataset as they stand in the store. */
interface KeptDataset {
  name: string;
  rows: Dataset["rows"][number]["fields"][];
  columns?: Dataset["columns"];
}

/** Writes down an evaluation; its id is its name and the time. */
export async function createEvaluation(
  store: Store,
  spec: EvaluationSpec,
  { dataset }: { dataset?: Dataset } = {},
): Promise<string> {
  const record = {
    name: spec.name,
    startedAt: new Date().toISOString(),
    dataset: { name: dataset?.name ?? "", hash: dataset?.hash ?? "", rows: dataset?.rows.length ?? 0 },
    metrics: spec.metrics,
    systems: spec.systems.map(({ name }) => ({ system: name })),
    cells: 0,
  } satisfies RunRecord;
  const base = nameOf(redactText(spec.name), new Date());
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    const rows = await store.db
      .insert(evaluationRuns)
      .values({ id, name: spec.name, spec, record, dataset: dataset ? datasetText(dataset) : null })
      .onConflictDoNothing()
      .returning({ id: evaluationRuns.id });
    if (rows.length > 0) return id;
  }
}

/** Says anew what an evaluation that goes on is to do. */
export async function updateEvaluation(
  { db }: Store,
  id: string,
  { spec, dataset, work }: { spec?: EvaluationSpec; dataset?: Dataset | null; work?: string },
): Promise<void> {
  await db
    .update(evaluationRuns)
    .set({
      ...(spec && { spec }),
      ...(dataset !== undefined && { dataset: dataset && datasetText(dataset) }),
      ...(work !== undefined && { workId: work }),
    })
    .where(eq(evaluationRuns.id, id));
}

/** Newest first. */
export async function listEvaluations(
  store: Store,
  { name, limit = 1000 }: { name?: string; limit?: number } = {},
): Promise<StoredEvaluation[]> {
  const rows = await store.db
    .select(listed)
    .from(evaluationRuns)
    .where(name === undefined ? undefined : eq(evaluationRuns.name, name))
    .orderBy(desc(evaluationRuns.createdAt), desc(evaluationRuns.id))
    .limit(limit);
  return await toStored(store, rows);
}

/** @throws {NotFoundError} with the nearest one's name. */
export async function getEvaluation(store: Store, id: string): Promise<StoredEvaluation> {
  const rows = await store.db.select(listed).from(evaluationRuns).where(eq(evaluationRuns.id, id));
  const [found] = await toStored(store, rows);
  if (found) return found;
  const known = (await listEvaluations(store)).map((run) => run.id);
  throw new NotFoundError("run", id, {
    known,
    ...(known.length === 0 && { hint: "there are no evaluations yet; `loam evaluate eval.yaml` makes one" }),
  });
}

/**
 * A finished evaluation, whole.
 *
 * @throws {InputError} `not_finished` for one that has no results yet.
 */
export async function readEvaluation(store: Store, id: string): Promise<EvaluationRun> {
  const [row] = await store.db
    .select({ results: evaluationRuns.results })
    .from(evaluationRuns)
    .where(eq(evaluationRuns.id, id));
  if (row?.results) return JSON.parse(row.results) as EvaluationRun;
  const { state, cellsDone, cells, error } = await getEvaluation(store, id);
  throw new InputError("not_finished", `The run ${id} is ${state}, with ${cellsDone} of ${cells} cells.`, {
    details: { id, state, ...(error !== null && { error }) },
    hint: "resume it in the Studio, or start the same `loam evaluate` again: it goes on where it stopped",
  });
}

/** What an evaluation is to do, and its rows once they are made. */
export async function readOrder(
  { db }: Store,
  id: string,
): Promise<{ spec: EvaluationSpec; dataset: Dataset | undefined } | undefined> {
  const [row] = await db
    .select({ spec: evaluationRuns.spec, dataset: evaluationRuns.dataset })
    .from(evaluationRuns)
    .where(eq(evaluationRuns.id, id));
  if (!row) return undefined;
  const kept = row.dataset === null ? undefined : (JSON.parse(row.dataset) as KeptDataset);
  return { spec: row.spec as EvaluationSpec, dataset: kept && makeDataset(kept.rows, kept) };
}

/**
 * Forgets an evaluation with everything it has made. Others keep what they took from it.
 *
 * @throws {InputError} `still_open` while it is under way.
 */
export async function deleteEvaluation(store: Store, id: string): Promise<void> {
  const { state } = await getEvaluation(store, id);
  if (state === "running" || state === "queued")
    throw new InputError("still_open", `The run ${id} is ${state}.`, { hint: "cancel it first" });
  await store.db.delete(evaluationRuns).where(eq(evaluationRuns.id, id));
}

const listed = {
  id: evaluationRuns.id,
  record: evaluationRuns.record,
  workId: evaluationRuns.workId,
  finishedAt: evaluationRuns.finishedAt,
};

interface ListedRow {
  id: string;
  record: unknown;
  workId: string | null;
  finishedAt: Date | null;
}

async function toStored(store: Store, rows: readonly ListedRow[]): Promise<StoredEvaluation[]> {
  const open = rows.filter(({ finishedAt }) => finishedAt === null);
  const ids = open.flatMap(({ workId }) => workId ?? []);
  const works = new Map<string, WorkRecord>();
  for (const work of ids.length > 0 ? await listWork(store, { ids, limit: ids.length }) : []) works.set(work.id, work);
  const done = open.length > 0 ? await cellsOf(store, open) : new Map<string, number>();
  return rows.map(({ id, record, workId, finishedAt }): StoredEvaluation => {
    const facts = record as RunRecord;
    const work = workId === null ? undefined : works.get(workId);
    return {
      ...facts,
      id,
      state: finishedAt === null ? stateOf(work) : "finished",
      cellsDone: finishedAt === null ? Math.min(done.get(id) ?? 0, facts.cells) : facts.cells,
      work: workId,
      error: work?.status === "failed" ? (work.error?.message ?? null) : null,
    };
  });
}

function stateOf(work: WorkRecord | undefined): StoredEvaluation["state"] {
  if (work?.status === "queued" || work?.status === "running" || work?.status === "failed") return work.status;
  return "stopped";
}

async function cellsOf({ db }: Store, rows: readonly ListedRow[]): Promise<Map<string, number>> {
  const counted = await db
    .select({ run: evaluationCells.run, cells: count() })
    .from(evaluationCells)
    .where(
      inArray(
        evaluationCells.run,
        rows.map(({ id }) => id),
      ),
    )
    .groupBy(evaluationCells.run);
  return new Map(counted.map(({ run, cells }) => [run, cells]));
}

function datasetText({ name, rows, columns }: Dataset): string {
  return JSON.stringify({ name, rows: rows.map(({ fields }) => fields), columns } satisfies KeptDataset);
}

/** `headlines-20261128-081502`. */
function nameOf(name: string, at: Date): string {
  const time = at.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${[...slug(name)].slice(0, 60).join("") || "run"}-${time}`;
}
