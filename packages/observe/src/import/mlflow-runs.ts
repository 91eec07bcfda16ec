import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunStatus, Store } from "@loam/store";
import { putFile } from "../ingest/files.ts";
import { ensureProject } from "../projects/projects.ts";
import type { MetricPoint } from "../runs/points.ts";
import { createRun, logToRun, updateRun } from "../runs/write-runs.ts";
import { below, filesBelow } from "./read-folder.ts";

/** A run as an MLflow store on disk has it. */
export interface MlflowRun {
  id: string;
  experiment: string;
  name: string;
  /** MLflow's word, or its number in `meta.yaml`. */
  status: string | number;
  startMs: number | undefined;
  endMs: number | undefined;
  deleted: boolean;
  params: { key: string; value: string }[];
  tags: Record<string, string>;
  points: MetricPoint[];
  /** The folder of its files; undefined when they are elsewhere. */
  artifacts: string | undefined;
}

/** What an import has brought in. */
export interface Imported {
  runs: { id: string; name: string; isNew: boolean; points: number }[];
  files: number;
}

const statuses: Record<string, RunStatus> = {
  RUNNING: "running",
  SCHEDULED: "queued",
  FINISHED: "finished",
  FAILED: "failed",
  KILLED: "cancelled",
  1: "running",
  2: "queued",
  3: "finished",
  4: "failed",
  5: "cancelled",
};

/** Writes a run under the id that it has there: doing it again adds only what is new. */
export async function putMlflowRun(store: Store, run: MlflowRun, imported: Imported): Promise<void> {
  await ensureProject(store, run.experiment);
  const isNew = await createRun(store, {
    ...{ id: run.id, kind: "mlflow", experiment: run.experiment, name: run.name, tags: run.tags },
    params: Object.fromEntries(run.params.map(({ key, value }) => [key, value])),
    startedAt: run.startMs === undefined ? undefined : new Date(run.startMs),
  });
  for (let i = 0; i < run.points.length; i += 5000)
    await logToRun(store, run.id, { points: run.points.slice(i, i + 5000) });
  await updateRun(store, run.id, {
    status: statuses[String(run.status)] ?? "finished",
    finishedAt: run.endMs === undefined ? null : new Date(run.endMs),
    ...(run.deleted && isNew ? { deletedAt: new Date() } : {}),
  });
  if (run.artifacts !== undefined)
    for (const path of await filesBelow(run.artifacts, () => true).catch(() => [])) {
      const bytes = await readFile(path);
      await putFile(store, { scope: `run/${run.id}`, path: below(run.artifacts, path), bytes });
      imported.files++;
    }
  imported.runs.push({ id: run.id, name: run.name, isNew, points: run.points.length });
}

/** The path of a `file:` address; undefined for any other. */
export function localPath(uri: string | undefined, folder: string): string | undefined {
  if (!uri) return undefined;
  if (uri.startsWith("file:")) return decodeURIComponent(uri.replace(/^file:(\/\/)?/, ""));
  if (/^[a-z][a-z0-9+.-]*:/i.test(uri)) return undefined;
  return uri.startsWith("/") ? uri : join(folder, uri);
}
