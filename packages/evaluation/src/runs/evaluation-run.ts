import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NotFoundError } from "@loam/core";
import type { CorpusMetric } from "../corpus/score-corpus.ts";
import type { Dataset, DatasetRow } from "./dataset.ts";
import type { OutputCell } from "./kept/cell-log.ts";

/** How one system did on a dataset. */
export interface SystemResult {
  system: string;
  version: string;
  /** One per row of the dataset, in its order. */
  outputs: OutputCell[];
  /** Rows on which the system failed; no metric scores them. */
  failures: number;
  /** Mean milliseconds of an output. */
  meanMs: number;
  /** USD of outputs; null when a part of it is not known. */
  costUsd: number | null;
  /** USD of judges' calls; null when a part of it is not known. */
  judgeCostUsd: number | null;
  metrics: CorpusMetric[];
}

/** A finished run, as `results.json` holds it. */
export interface EvaluationRun {
  name: string;
  /** ISO 8601; of the first attempt, where there were several. */
  startedAt: string;
  /** ISO 8601. */
  finishedAt: string;
  dataset: Pick<Dataset, "name" | "hash" | "columns"> & { rows: Pick<DatasetRow, "id" | "fields">[] };
  metrics: string[];
  systems: SystemResult[];
  /** Cells that earlier attempts at this run had already made. */
  resumedCells: number;
  cachedCells: number;
}

/** Reads a finished run from its folder. */
export async function readRun(folder: string): Promise<EvaluationRun> {
  const text = await readFile(join(folder, "results.json"), "utf8").catch((cause) => {
    throw new NotFoundError("finished run in", folder, { cause, hint: "run the evaluation to its end first" });
  });
  return JSON.parse(text) as EvaluationRun;
}
