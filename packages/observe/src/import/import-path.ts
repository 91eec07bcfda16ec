import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import type { Store } from "@loam/store";
import { importTensorboard } from "../tensorboard/import.ts";
import { importMlflowDatabase } from "./mlflow-database.ts";
import { importMlflowFolder } from "./mlflow-folder.ts";
import type { Imported } from "./mlflow-runs.ts";
import { below, filesBelow } from "./read-folder.ts";
import { importWandb } from "./wandb-offline.ts";

/**
 * Runs from the folders and files of other trackers. What came in before stays as it is: nothing is doubled.
 *
 * @throws {NotFoundError} when nothing is at the path.
 */
export async function importRuns(
  store: Store,
  source: "wandb" | "mlflow" | "tensorboard",
  path: string,
  { experiment }: { experiment?: string } = {},
): Promise<Imported> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new NotFoundError("file", path, { hint: "give the path of a file or a folder" });
  switch (source) {
    case "wandb":
      return await importWandb(store, path, { project: experiment });
    case "mlflow":
      if (found.isFile()) return await importMlflowDatabase(store, path);
      return await importMlflowFolder(store, await mlrunsIn(path));
    case "tensorboard":
      return await importLogs(store, path, experiment ?? "tensorboard");
  }
}

async function mlrunsIn(path: string): Promise<string> {
  const inside = join(path, "mlruns");
  return (await stat(inside).catch(() => undefined))?.isDirectory() ? inside : path;
}

async function importLogs(store: Store, path: string, experiment: string): Promise<Imported> {
  const files = await filesBelow(path, (name) => /tfevents/.test(name));
  if (files.length === 0)
    throw new InputError("no_event_files", `${path} holds no event file of TensorBoard.`, {
      hint: "their names hold `tfevents`",
    });
  const folder = files.length === 1 && files[0] === path ? dirname(path) : path;
  const logs = await Promise.all(
    files.map(async (file) => ({ path: below(folder, file), bytes: await readFile(file) })),
  );
  const runs = await importTensorboard(store, logs, experiment);
  return { runs: runs.map(({ id, name, points }) => ({ id, name, points, isNew: true })), files: files.length };
}
