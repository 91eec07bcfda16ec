import {
  adoptFolders,
  type Dataset,
  deleteEvaluation,
  type EvaluationRun,
  getEvaluation,
  listEvaluations,
  makeDataset,
  readEvaluation,
  type StoredEvaluation,
} from "@loam/evaluation";
import type { Store } from "@loam/store";

/** A finished run with what its dataset's columns mean. */
export interface OpenedRun {
  stored: StoredEvaluation;
  run: EvaluationRun;
  dataset: Dataset;
}

/** How many finished runs are held, so that paging through one does not read it again and again. */
const held = 3;

/** The evaluations of the store, among them those that an earlier version kept in folders. */
export class RunStore {
  readonly #store: Store;
  /** By id; the one used last stands last. */
  readonly #open = new Map<string, { finishedAt: string | undefined; opened: OpenedRun }>();

  constructor(store: Store) {
    this.#store = store;
  }

  async list(): Promise<StoredEvaluation[]> {
    await adoptFolders(this.#store);
    return await listEvaluations(this.#store);
  }

  async find(id: string): Promise<StoredEvaluation> {
    await adoptFolders(this.#store);
    return await getEvaluation(this.#store, id);
  }

  async delete(id: string): Promise<void> {
    await deleteEvaluation(this.#store, id);
    this.#open.delete(id);
  }

  /** @throws {InputError} `not_finished` for a run that has no results yet. */
  async open(id: string): Promise<OpenedRun> {
    const stored = await this.find(id);
    const known = this.#open.get(id);
    this.#open.delete(id);
    const entry =
      known && known.finishedAt === stored.finishedAt
        ? known
        : { finishedAt: stored.finishedAt, opened: await openRun(this.#store, stored) };
    this.#open.set(id, entry);
    for (const old of [...this.#open.keys()].slice(0, -held)) this.#open.delete(old);
    return { ...entry.opened, stored };
  }
}

async function openRun(store: Store, stored: StoredEvaluation): Promise<OpenedRun> {
  const run = await readEvaluation(store, stored.id);
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
