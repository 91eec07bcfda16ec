import { createReadStream, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { InputError, NotFoundError } from "@loam/core";
import { listRuns } from "@loam/observe";
import {
  dropShelved,
  findShelved,
  keptBlobKey,
  keptFilesOf,
  listShelf,
  type Shelf,
  shelve,
  takeShelved,
} from "@loam/store";
import type { VideoRecipe } from "@loam/video";
import { folderName, type TuneFolders } from "./folders.ts";
import { runKinds } from "./run-kinds.ts";
import { forgetTraining, isKeptTraining, trainingPlace } from "./training/kept-training.ts";

const shelfOf = ({ store, videoModels }: TuneFolders): Shelf<Record<never, never>> => ({
  ...{ store, kind: "video-model", folder: videoModels },
  describe: async (path) => (isWhole(path) ? {} : undefined),
  include: (path) => !/^(checkpoints|runs)\//.test(path),
});

const isWhole = (folder: string): boolean =>
  ["config.json", "model.safetensors"].every((file) => existsSync(join(folder, file)));

/** Says that a model is done: from now on every server has it. */
export async function shelveVideoModel(folders: TuneFolders, name: string): Promise<void> {
  await shelve(shelfOf(folders), { name, info: {} });
}

/** @throws {InputError} `name_taken` where there is a model or a run of this name, on any machine. */
export async function requireNewVideoModel(folders: TuneFolders, { output }: VideoRecipe): Promise<void> {
  const isTaken =
    existsSync(output) ||
    (await isKeptTraining(folders.store, output)) ||
    (await findShelved(shelfOf(folders), basename(output))) !== undefined;
  if (!isTaken) return;
  throw new InputError("name_taken", `There is a model or a run named ${JSON.stringify(basename(output))} already.`, {
    details: { name: basename(output) },
    hint: "choose another name",
  });
}

/** Models that were trained here or on any machine beside this one. */
export const trainedVideoModels = (folders: TuneFolders) => ({
  names: async (): Promise<string[]> => (await listShelf(shelfOf(folders))).map(({ name }) => name).sort(),
  /** The folder of one on this machine; undefined where there is none. */
  folder: (name: string): Promise<string | undefined> => takeShelved(shelfOf(folders), name),
});

/** A file of a training of a video model, done or not, wherever it is trained; undefined where there is none. */
export async function videoTrainingFile(
  { store, videoModels }: TuneFolders,
  model: string,
  path: string,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const local = join(videoModels, folderName(model), path);
  if (existsSync(local)) return Readable.toWeb(createReadStream(local)) as ReadableStream<Uint8Array>;
  for (const place of [{ kind: "video-model", name: model }, trainingPlace(store, join(videoModels, model))]) {
    const file = (await keptFilesOf(store, place)).find((one) => one.path === path);
    if (file) return await store.blobs.stream(keptBlobKey(file.sha256));
  }
  return undefined;
}

/**
 * Deletes a model that was trained, here and for everybody, with its checkpoints and samples, so that its name is free again. Clips that
 * it has made stay, and so do the records of its training.
 *
 * @throws {NotFoundError} when there is none, as for those that come with Loam. @throws {InputError} `still_running` while it is
 *   trained.
 */
export async function deleteVideoModel(folders: TuneFolders, name: string): Promise<void> {
  const { store, videoModels } = folders;
  const folder = join(videoModels, folderName(name));
  const isThere =
    existsSync(folder) ||
    (await findShelved(shelfOf(folders), name)) !== undefined ||
    (await isKeptTraining(store, folder));
  if (!isThere)
    throw new NotFoundError("trained video model", name, { known: await trainedVideoModels(folders).names() });
  const runs = await listRuns(store, { kind: runKinds.video, tags: { model: name }, limit: 1000 });
  const busy = runs.find(({ status }) => status === "queued" || status === "running");
  if (busy)
    throw new InputError("still_running", `The training of ${name} is ${busy.status}.`, {
      details: { name, run: busy.id },
      hint: "cancel it first",
    });
  await forgetTraining(store, folder);
  await dropShelved(shelfOf(folders), name);
}
