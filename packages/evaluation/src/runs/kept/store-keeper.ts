import { evaluationCells, evaluationRuns, type Store } from "@loam/store";
import { and, asc, desc, eq, ne } from "drizzle-orm";
import { scoresOf } from "../scores/run-scores.ts";
import type { Cell } from "./cell-log.ts";
import type { RunKeeper } from "./keeper.ts";
import type { RunRecord } from "./run-record.ts";
import { cellWithoutSecrets, resultsWithoutSecrets } from "./without-secrets.ts";

/** How many cells under one key are looked at for one that is good. */
const looksAt = 4;

/**
 * Keeps a run in the store, where every process sees it. Whoever opens it holds the work that makes it.
 *
 * @param alone takes nothing that other runs have made
 */
export function storeKeeper(store: Store, id: string, { alone = false }: { alone?: boolean } = {}): RunKeeper {
  const isThis = eq(evaluationRuns.id, id);
  return {
    open: async ({ anew }) => {
      if (anew) await forget(store, id);
      const [row] = await store.db.select({ record: evaluationRuns.record }).from(evaluationRuns).where(isThis);
      const rows = await store.db
        .select({ cell: evaluationCells.cell })
        .from(evaluationCells)
        .where(eq(evaluationCells.run, id))
        .orderBy(asc(evaluationCells.seq));
      const cells = rows.map(({ cell }) => JSON.parse(cell) as Cell);
      const writer = new CellWriter(store, id);
      return {
        startedAt: (row?.record as Partial<RunRecord> | undefined)?.startedAt,
        cells,
        begin: async (record) => {
          await store.db.update(evaluationRuns).set({ record }).where(isThis);
        },
        append: async (cell) => {
          await writer.append(cell);
          cells.push(cell);
        },
        findElsewhere: (key) => (alone || anew ? Promise.resolve(undefined) : findElsewhere(store, id, key)),
        share: async () => {}, // every run finds it by its key
        finish: async (run, record) => {
          const clean = await resultsWithoutSecrets(run);
          const { name, columns, rows } = clean.dataset;
          const dataset = JSON.stringify({ name, rows: rows.map(({ fields }) => fields), columns });
          await store.db
            .update(evaluationRuns)
            .set({
              record,
              results: JSON.stringify(clean),
              scores: JSON.stringify(scoresOf(clean)),
              dataset,
              finishedAt: new Date(run.finishedAt),
            })
            .where(isThis);
        },
        close: () => writer.close(),
      };
    },
  };
}

async function forget({ db }: Store, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.delete(evaluationCells).where(eq(evaluationCells.run, id));
    const [row] = await tx
      .select({ record: evaluationRuns.record })
      .from(evaluationRuns)
      .where(eq(evaluationRuns.id, id));
    const { startedAt: _, finishedAt: __, ...record } = (row?.record ?? {}) as Partial<RunRecord>;
    await tx
      .update(evaluationRuns)
      .set({ record, results: null, scores: null, finishedAt: null })
      .where(eq(evaluationRuns.id, id));
  });
}

async function findElsewhere({ db }: Store, id: string, key: string): Promise<Cell | undefined> {
  const rows = await db
    .select({ cell: evaluationCells.cell })
    .from(evaluationCells)
    .where(and(eq(evaluationCells.key, key), ne(evaluationCells.run, id)))
    .orderBy(desc(evaluationCells.seq))
    .limit(looksAt);
  return rows
    .map(({ cell }) => JSON.parse(cell) as Cell)
    .find((cell) => (cell.kind === "output" ? cell.error === undefined && !cell.redacted : cell.failure === undefined));
}

/** Writes cells that come while one is being written together, so that many at a time share a commit. */
class CellWriter {
  readonly #store: Store;
  readonly #run: string;
  #waiting: { cell: Cell; done: () => void; failed: (error: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;

  constructor(store: Store, run: string) {
    this.#store = store;
    this.#run = run;
  }

  append(cell: Cell): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ cell, done, failed });
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined;
      });
    });
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, 500);
      try {
        await this.#store.db.insert(evaluationCells).values(
          batch.map(({ cell }) => ({
            run: this.#run,
            key: cell.key,
            cell: JSON.stringify(cellWithoutSecrets(cell)),
          })),
        );
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
  }
}
