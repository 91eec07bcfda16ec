import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "@loam/core";
import { hubCacheFolder } from "./cache.ts";
import { type ModelAtHand, modelsAtHand } from "./models-at-hand.ts";

/** What a model needs of this machine, and what there is. */
export interface Room {
  fitsDisk: boolean;
  fitsMemory: boolean;
  freeDiskBytes: number;
  freeMemoryBytes: number;
}

/** Whether a model of the short list has room here: a wheel and what is unpacked from it lie side by side for a moment. */
export async function roomFor({ sizeBytes, memoryBytes, sources }: ModelAtHand): Promise<Room> {
  let folder = hubCacheFolder();
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const freeDiskBytes = bavail * bsize;
  const freeMemoryBytes = process.availableMemory();
  const neededBytes = sizeBytes * (sources.some(({ kind }) => kind === "wheel") ? 2.2 : 1.1);
  return {
    fitsDisk: freeDiskBytes >= neededBytes,
    fitsMemory: freeMemoryBytes >= memoryBytes,
    freeDiskBytes,
    freeMemoryBytes,
  };
}

/**
 * Refuses a model that this machine cannot hold, before anything is downloaded.
 *
 * @throws {InputError} `no_room` naming what it needs, what there is and a model that fits.
 */
export async function requireRoom(model: ModelAtHand): Promise<void> {
  const room = await roomFor(model);
  if (room.fitsDisk && room.fitsMemory) return;
  const smaller = modelsAtHand.find(
    ({ role, memoryBytes, sizeBytes }) =>
      role === model.role && memoryBytes <= room.freeMemoryBytes && sizeBytes * 2.2 <= room.freeDiskBytes,
  );
  const [needed, free, what] = room.fitsDisk
    ? [model.memoryBytes, room.freeMemoryBytes, "memory"]
    : [model.sizeBytes, room.freeDiskBytes, "disk space"];
  throw new InputError("no_room", `${model.name} needs ${gigabytes(needed)} of ${what}; ${gigabytes(free)} is free.`, {
    details: { model: model.name, needed, free },
    hint: smaller
      ? `\`loam models pull ${smaller.name}\` fits, or pull it all the same with --force`
      : "free some, or pull it all the same with --force",
  });
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
