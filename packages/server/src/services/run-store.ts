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
  runShelf,
  type StoredRun,
} from "@loam/evaluation";
import { listShelf, type Store, takeShelved } from "@loam/store";

/** A finished run with what its dataset's columns mean. */
export interface OpenedRun {
  stored: StoredRun;
  run: EvaluationRun;
  dataset: Dataset;
}

/** How many finished runs are held, so that paging through one does not read it again and again. */
const held = 3;

/** The evaluation runs, where `loam evaluate` puts them: on this machine, or on any that shares its state. */
export class RunStore {
  readonly #shelf: ReturnType<typeof runShelf>;
  /** By folder; the one used last stands last. */
  readonly #open = new Map<string, { mtimeMs: number; opened: OpenedRun }>();

  constructor(store: Store) {
    this.#shelf = runShelf(store);
  }

  async list(): Promise<StoredRun[]> {
    for (const { name } of await listShelf(this.#shelf)) await takeShelved(this.#shelf, name);
    return await listRuns(this.#shelf.folder);
  }

  async find(id: string): Promise<StoredRun> {
    if (/^[^/\\.][^/\\]*$/.test(id)) await takeShelved(this.#shelf, id);
    return await findRun(this.#shelf.folder, id);
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
