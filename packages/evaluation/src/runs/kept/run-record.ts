import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CorpusMetric } from "../../corpus/score-corpus.ts";
import type { EvaluationRun } from "../evaluation-run.ts";
import { isLocked } from "./run-lock.ts";

/** What a list of runs shows of one; in a folder `run.json`, written when a run begins and when it ends. */
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

/** The run in a folder; undefined where there is none. */
export async function readStoredRun(folder: string, id: string): Promise<StoredRun | undefined> {
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
