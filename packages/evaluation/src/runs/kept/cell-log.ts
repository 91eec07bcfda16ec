import { type FileHandle, mkdir, open, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "@loam/core";
import type { TokenUsage } from "@loam/observe";
import type { Place } from "../../retrieval/place.ts";

interface CellBase {
  system: string;
  /** Id of the dataset's row. */
  row: string;
  /** Hash of everything the cell depends on: a cell with another key is void. */
  key: string;
  /** Milliseconds it took. */
  ms: number;
  usage?: TokenUsage;
  /** USD; null where it is not known. */
  costUsd: number | null;
  trace?: string;
  /** Taken from the cache, at no cost. */
  cached?: boolean;
}

/** What a system made of a row, or why it made nothing. */
export interface OutputCell extends CellBase {
  kind: "output";
  prediction?: string;
  contexts?: readonly string[];
  places?: readonly (readonly Place[])[];
  citations?: readonly Place[];
  error?: string;
  /** A secret was taken out of it: it is shown, and made anew where it is to be scored again. */
  redacted?: true;
}

/** What a metric that is paid for by the row said of an output. */
export interface ScoreCell extends CellBase {
  kind: "score";
  metric: string;
  value: number | null;
  details?: unknown;
  failure?: string;
  signature: string;
}

export type Cell = OutputCell | ScoreCell;

/**
 * The cells of a run, one JSON line each, on the disk (fsync) before the next step relies on them. A line that a killed
 * process left unfinished is cut off when the log is opened.
 */
export class CellLog {
  readonly #file: FileHandle;
  readonly #cells: Cell[];
  #last: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, cells: Cell[]) {
    this.#file = file;
    this.#cells = cells;
  }

  static async open(path: string): Promise<CellLog> {
    await mkdir(dirname(path), { recursive: true });
    const cells = await readCells(path, { repair: true });
    return new CellLog(await open(path, "a"), cells);
  }

  /** In the order in which they were written; of several for one place, the last one holds. */
  get cells(): readonly Cell[] {
    return this.#cells;
  }

  append(cell: Cell): Promise<void> {
    this.#last = this.#last.then(async () => {
      await this.#file.appendFile(`${JSON.stringify(cell)}\n`);
      await this.#file.datasync();
      this.#cells.push(cell);
    });
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#file.close();
  }
}

/** Reads a log; with `repair`, an unfinished last line is cut off the file. */
export async function readCells(path: string, { repair = false }: { repair?: boolean } = {}): Promise<Cell[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const end = bytes.lastIndexOf(10) + 1;
  if (repair && end < bytes.length) await truncate(path, end);
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as Cell;
    } catch (cause) {
      throw new InputError("bad_run", `${path}, line ${i + 1}: not a cell of a run.`, {
        cause,
        hint: "the file was changed by hand; delete the line, and the run will make it again",
      });
    }
  });
}
