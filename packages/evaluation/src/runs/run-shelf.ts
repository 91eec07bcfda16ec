import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Shelf, type Store, shelve } from "@loam/store";

/** Where `loam evaluate` keeps runs, for this machine or for all. */
export const runShelf = (store: Store): Shelf<Record<never, never>> => ({
  ...{ store, kind: "evaluation", folder: join(store.home, "evaluations") },
  describe: async (path) => (existsSync(join(path, "run.json")) ? {} : undefined),
  include: (path) => !path.endsWith(".lock"), // of a process of this machine
});

/** Says that a run has come to its end, or as far as it has come; one in a folder elsewhere stays there. */
export async function shelveRun(store: Store, folder: string): Promise<void> {
  const shelf = runShelf(store);
  const name = folder.slice(shelf.folder.length + 1);
  if (!folder.startsWith(`${shelf.folder}/`) || name.includes("/") || !existsSync(join(folder, "run.json"))) return;
  await shelve(shelf, { name, info: {} });
}
