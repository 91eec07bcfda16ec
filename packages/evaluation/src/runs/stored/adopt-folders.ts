import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { evaluationCells, evaluationRuns, type Store } from "@loam/store";
import { readRun } from "../evaluation-run.ts";
import { readCells } from "../kept/cell-log.ts";
import { readStoredRun, type StoredRun } from "../kept/run-record.ts";
import { cellWithoutSecrets, resultsWithoutSecrets } from "../kept/without-secrets.ts";

/** Says that a folder's run is in the store: one that is deleted there does not come back. */
const mark = "in-store";

/**
 * Takes runs that an earlier version of Loam kept in folders into the store, each once. The folders stay as they are.
 *
 * @returns how many there were.
 */
export async function adoptFolders(store: Store): Promise<number> {
  const parent = join(store.home, "evaluations");
  const names = existsSync(parent) ? await readdir(parent) : [];
  let adopted = 0;
  for (const name of names) {
    const folder = join(parent, name);
    const run = existsSync(join(folder, mark)) ? undefined : await readStoredRun(folder, name);
    if (run === undefined || run.state === "running") continue;
    await adopt(store, run);
    await writeFile(join(folder, mark), "");
    adopted++;
  }
  return adopted;
}

async function adopt(store: Store, { id, folder, state, cellsDone: _, ...record }: StoredRun): Promise<void> {
  const finished = state === "finished" ? await resultsWithoutSecrets(await readRun(folder)) : undefined;
  const results = finished ? JSON.stringify(finished) : null;
  const cells = await readCells(join(folder, "cells.jsonl"), { repair: true });
  await store.db.transaction(async (tx) => {
    const rows = await tx
      .insert(evaluationRuns)
      .values({
        ...{ id, name: record.name, spec: { name: record.name }, record, results },
        createdAt: new Date(record.startedAt),
        finishedAt: record.finishedAt === undefined ? null : new Date(record.finishedAt),
      })
      .onConflictDoNothing()
      .returning({ id: evaluationRuns.id });
    if (rows.length === 0) return;
    for (let at = 0; at < cells.length; at += 500)
      await tx
        .insert(evaluationCells)
        .values(
          cells
            .slice(at, at + 500)
            .map((cell) => ({ run: id, key: cell.key, cell: JSON.stringify(cellWithoutSecrets(cell)) })),
        );
  });
}
