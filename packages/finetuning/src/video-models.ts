import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { listRuns } from "@loam/observe";
import type { Store } from "@loam/store";
import { folderName, type TuneFolders } from "./folders.ts";
import { runKinds } from "./run-kinds.ts";

/** Models that were trained here, by name. */
export const trainedVideoModels = ({ videoModels }: TuneFolders): Record<string, string> =>
  Object.fromEntries(
    readdirSync(videoModels)
      .map((name) => [name, join(videoModels, name)] as const)
      .filter(([, folder]) => ["config.json", "model.safetensors"].every((file) => existsSync(join(folder, file)))),
  );

/**
 * Deletes a model that was trained here, with its checkpoints and samples, so that its name is free again. Clips that it has made stay, and
 * so do the records of its training.
 *
 * @throws {NotFoundError} when there is none, as for those that come with Loam. @throws {InputError} `still_running` while it is
 *   trained.
 */
export async function deleteVideoModel(store: Store, folders: TuneFolders, name: string): Promise<void> {
  const folder = join(folders.videoModels, folderName(name));
  if (!existsSync(folder))
    throw new NotFoundError("video model that was trained here", name, {
      known: Object.keys(trainedVideoModels(folders)),
    });
  const runs = await listRuns(store, { kind: runKinds.video, tags: { model: name }, limit: 1000 });
  const busy = runs.find(({ status }) => status === "queued" || status === "running");
  if (busy)
    throw new InputError("still_running", `The training of ${name} is ${busy.status}.`, {
      details: { name, run: busy.id },
      hint: "cancel it first",
    });
  await rm(folder, { recursive: true, force: true });
}
