import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "@loam/core";
import {
  type Dataset,
  type EvaluationRun,
  findRun,
  listRuns,
  makeDataset,
  readRun,
  type StoredRun,
} from "@loam/evaluation";

/** A finished run with what its dataset's columns mean. */
export interface OpenedRun {
  stored: StoredRun;
  run: EvaluationRun;
  dataset: Dataset;
}

/** How many finished runs are held, so that paging through one does not read it again and again. */
const held = 3;

/** The evaluation runs in a folder, where `loam evaluate` puts them. */
export class RunStore {
  readonly #folder: string;
  /** By folder; the one used last stands last. */
  readonly #open = new Map<string, { mtimeMs: number; opened: OpenedRun }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  list(): Promise<StoredRun[]> {
    return listRuns(this.#folder);
  }

  find(id: string): Promise<StoredRun> {
    return findRun(this.#folder, id);
  }

  /** @throws {InputError} `not_finished` for a run that has no results yet. */
  async open(id: string): Promise<OpenedRun> {
    const stored = await this.find(id);
    if (stored.state !== "finished") {
      throw new InputError(
        "not_finished",
        `The run ${id} is ${stored.state}, with ${stored.cellsDone} of ${stored.cells} cells.`,
        {
          hint: "start the same `loam evaluate` again: it goes on where it stopped",
        },
      );
    }
    const { mtimeMs } = await stat(join(stored.folder, "results.json"));
    const known = this.#open.get(stored.folder);
    this.#open.delete(stored.folder);
    const entry = known?.mtimeMs === mtimeMs ? known : { mtimeMs, opened: await openRun(stored) };
    this.#open.set(stored.folder, entry);
    for (const folder of [...this.#open.keys()].slice(0, -held)) this.#open.delete(folder);
    return { ...entry.opened, stored };
  }
}

async function openRun(stored: StoredRun): Promise<OpenedRun> {
  const run = await readRun(stored.folder);
  const { name, columns, rows } = run.dataset;
  return {
    stored,
    run,
    dataset: makeDataset(
      rows.map(({ fields }) => fields),
      { name, columns },
    ),
  };
}
