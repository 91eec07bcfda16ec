import { existsSync } from "node:fs";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NotFoundError } from "@loam/core";
import type { CorpusMetric } from "../corpus/score-corpus.ts";
import type { EvaluationRun } from "./evaluation-run.ts";
import { isLocked } from "./run-lock.ts";

/** What a list of runs shows of one: `run.json`, written when a run begins and when it ends. */
export interface RunRecord {
  name: string;
  /** ISO 8601. */
  startedAt: string;
  /** Left out until the run is through. */
  finishedAt?: string;
  dataset: { name: string; hash: string; rows: number };
  metrics: string[];
  systems: SystemSummary[];
  /** Cells that the run writes down: outputs, and scores that a model is paid for. */
  cells: number;
}

/** A system as lists show it; the numbers are there once the run is through. */
export interface SystemSummary {
  system: string;
  failures?: number;
  meanMs?: number;
  costUsd?: number | null;
  judgeCostUsd?: number | null;
  metrics?: Pick<CorpusMetric, "metric" | "value" | "interval" | "direction">[];
}

/** A run on the disk. */
export interface StoredRun extends RunRecord {
  /** The name of its folder. */
  id: string;
  folder: string;
  /** `stopped` runs go on when they are started again. */
  state: "running" | "finished" | "stopped";
  /** Cells written so far. */
  cellsDone: number;
}

export async function writeRecord(folder: string, record: RunRecord): Promise<void> {
  const draft = join(folder, "run.json.tmp");
  await writeFile(draft, JSON.stringify(record));
  await rename(draft, join(folder, "run.json"));
}

/** What stands in `run.json` once the run is through. */
export function recordOf(run: EvaluationRun, cells: number): RunRecord {
  const { name, startedAt, finishedAt, dataset, metrics, systems } = run;
  return {
    name,
    startedAt,
    finishedAt,
    dataset: { name: dataset.name, hash: dataset.hash, rows: dataset.rows.length },
    metrics,
    systems: systems.map(({ system, failures, meanMs, costUsd, judgeCostUsd, metrics: scores }) => ({
      system,
      failures,
      meanMs,
      costUsd,
      judgeCostUsd,
      metrics: scores.map(({ metric, value, interval, direction }) => ({ metric, value, interval, direction })),
    })),
    cells,
  };
}

/** Runs in the folders below one, the latest first. Folders that hold no run are passed over. */
export async function listRuns(folder: string): Promise<StoredRun[]> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const runs = await Promise.all(names.map((name) => readStoredRun(join(folder, name), name)));
  return runs
    .filter((run) => run !== undefined)
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt) || b.id.localeCompare(a.id));
}

/** @throws {NotFoundError} with the nearest run's name. */
export async function findRun(folder: string, id: string): Promise<StoredRun> {
  const plain = /^[^/\\]+$/.test(id) && id !== "." && id !== "..";
  const found = plain ? await readStoredRun(join(folder, id), id) : undefined;
  if (found) return found;
  const known = (await listRuns(folder)).map((run) => run.id);
  throw new NotFoundError("run", id, {
    known,
    ...(known.length === 0 && { hint: `there are no runs in ${folder}; \`loam evaluate eval.yaml\` makes one` }),
  });
}

async function readStoredRun(folder: string, id: string): Promise<StoredRun | undefined> {
  let record: RunRecord;
  try {
    record = JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as RunRecord;
  } catch {
    return undefined;
  }
  const finished = record.finishedAt !== undefined;
  const state = finished ? "finished" : isLocked(folder) ? "running" : "stopped";
  return { ...record, id, folder, state, cellsDone: finished ? record.cells : await countLines(folder) };
}

async function countLines(folder: string): Promise<number> {
  const bytes = await readFile(join(folder, "cells.jsonl")).catch(() => Buffer.alloc(0));
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
