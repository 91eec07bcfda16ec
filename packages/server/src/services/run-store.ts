import {
  adoptFolders,
  compareSystemsInTurns,
  type Dataset,
  deleteEvaluation,
  type EvaluationRun,
  getEvaluation,
  listEvaluations,
  type MetricComparison,
  makeDataset,
  type RunScores,
  readEvaluation,
  readScores,
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
const heldComparisons = 20;

/** A side of a comparison. */
export interface ComparedRun {
  id: string;
  system: string;
  scores: RunScores;
}

/** The evaluations of the store, among them those that an earlier version kept in folders. */
export class RunStore {
  readonly #store: Store;
  readonly #comparisons = new Map<string, Promise<MetricComparison[]>>();
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

  /**
   * A finished run's scores without its texts.
   *
   * @throws {InputError} `not_finished` for a run that has no results yet.
   */
  async scores(id: string): Promise<RunScores> {
    await this.find(id);
    return await readScores(this.#store, id);
  }

  /**
   * Two systems of two runs, or of one, metric by metric. What was compared lately is at hand.
   *
   * @throws {InputError} `nothing_shared` when the runs share no row.
   */
  async compare(left: ComparedRun, right: ComparedRun): Promise<MetricComparison[]> {
    const key = JSON.stringify(
      [left, right].map(({ id, system, scores }) => [id, system, scores.finishedAt, scores.dataset.hash]),
    );
    const comparing =
      this.#comparisons.get(key) ??
      compareSystemsInTurns({ run: left.scores, system: left.system }, { run: right.scores, system: right.system });
    comparing.catch(() => this.#comparisons.delete(key));
    this.#comparisons.delete(key);
    this.#comparisons.set(key, comparing);
    for (const old of [...this.#comparisons.keys()].slice(0, -heldComparisons)) this.#comparisons.delete(old);
    return await comparing;
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
