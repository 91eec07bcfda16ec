import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CellCache } from "./cell-cache.ts";
import { CellLog } from "./cell-log.ts";
import type { RunKeeper } from "./keeper.ts";
import { lockRun } from "./run-lock.ts";
import { type RunRecord, writeRecord } from "./run-record.ts";

/**
 * Keeps a run in a folder of its own: `run.json`, `cells.jsonl`, `results.json`.
 *
 * @param cache a folder that runs share, so that nothing is paid for twice.
 */
export function folderKeeper(folder: string, { cache }: { cache?: string } = {}): RunKeeper {
  return {
    open: async ({ anew }) => {
      const lock = lockRun(folder);
      try {
        if (anew) for (const file of runFiles) await rm(join(folder, file), { force: true });
        const shared = cache === undefined || anew ? undefined : new CellCache(cache);
        const startedAt = await startOf(folder);
        const log = await CellLog.open(join(folder, "cells.jsonl"));
        return {
          startedAt,
          cells: log.cells,
          begin: (record) => writeRecord(folder, record),
          append: (cell) => log.append(cell),
          findElsewhere: async (key) => await shared?.get(key),
          share: async (cell) => await shared?.put(cell),
          finish: async (run, record) => {
            await writeFile(join(folder, "results.json.tmp"), JSON.stringify(run));
            await rename(join(folder, "results.json.tmp"), join(folder, "results.json"));
            await writeRecord(folder, record);
          },
          close: async () => {
            await log.close();
            lock.release();
          },
        };
      } catch (error) {
        lock.release();
        throw error;
      }
    },
  };
}

const runFiles = ["cells.jsonl", "results.json", "run.json"];

async function startOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "run.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord).startedAt;
}
