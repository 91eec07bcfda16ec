import type { EvaluationRun } from "../evaluation-run.ts";
import type { Cell } from "./cell-log.ts";
import type { RunRecord } from "./run-record.ts";

/** Where a run is kept: a folder ({@link folderKeeper}), or a store ({@link storeKeeper}). */
export interface RunKeeper {
  /**
   * Takes the run for this process.
   *
   * @param options.anew forgets what earlier attempts have made.
   */
  open(options: { anew: boolean }): Promise<KeptRun>;
}

/** A run that this process works on. */
export interface KeptRun {
  /** ISO 8601: when its first attempt began, if there was one. */
  readonly startedAt: string | undefined;
  /** In the order in which they were written; of several under one key, the last one holds. */
  readonly cells: readonly Cell[];
  /** Says what the run is about. */
  begin(record: RunRecord): Promise<void>;
  /** Resolves once the cell is on the disk. */
  append(cell: Cell): Promise<void>;
  /** A cell of that key that another run has made. */
  findElsewhere(key: string): Promise<Cell | undefined>;
  /** Lets other runs find the cell, where that is not so anyway. */
  share(cell: Cell): Promise<void>;
  finish(run: EvaluationRun, record: RunRecord): Promise<void>;
  close(): Promise<void>;
}
