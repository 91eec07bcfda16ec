import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NotFoundError, UnavailableError } from "@loam/core";
import type { Store } from "../database/store.ts";
import { hashFile } from "./check-in.ts";
import { type KeptFile, type KeptFolder, type KeptPlace, keptBlobKey, keptFilesOf, keptFolder } from "./kept-folder.ts";
import { readMark, writeMark } from "./mark.ts";

/** By folder: several that ask at once share one fetch. */
const fetching = new Map<string, Promise<KeptFolder>>();

/**
 * Makes a folder on this disk the newest version of a kept one. Where it is that already nothing is read; what of it is here
 * already is not fetched again. A folder of that name that was never kept is put aside as `.NAME.before…`, so that nothing is
 * lost.
 *
 * @param prepare changes what was fetched before it is shown, for what depends on the machine
 * @throws {NotFoundError} @throws {UnavailableError} when the blobs are away, or bytes are not what was kept.
 */
export async function checkOut(
  store: Store,
  place: KeptPlace,
  folder: string,
  { prepare }: { prepare?: (draft: string) => Promise<void> } = {},
): Promise<KeptFolder> {
  const known = fetching.get(folder);
  if (known) return await known;
  const work = fetchInto(store, place, folder, prepare).finally(() => fetching.delete(folder));
  fetching.set(folder, work);
  return await work;
}

async function fetchInto(
  store: Store,
  place: KeptPlace,
  folder: string,
  prepare: ((draft: string) => Promise<void>) | undefined,
): Promise<KeptFolder> {
  const kept = await keptFolder(store, place);
  if (!kept) throw new NotFoundError(place.kind, place.name);
  const mark = await readMark(folder);
  if (mark?.version === kept.version) return kept;
  const files = await keptFilesOf(store, place);
  const draft = join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString("hex")}.part`);
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    for (const file of files) await fetchFile(store, file, { draft, folder });
    await prepare?.(draft);
    await writeMark(draft, kept);
    await putInPlace(draft, folder, { isCopy: mark !== undefined, version: kept.version });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return kept;
}

async function fetchFile(
  { blobs }: Store,
  { path, sha256, sizeBytes }: KeptFile,
  { draft, folder }: { draft: string; folder: string },
): Promise<void> {
  const target = join(draft, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const here = join(folder, path);
  const size = (await stat(here).catch(() => undefined))?.size;
  if (size === sizeBytes && (await hashFile(here)) === sha256)
    return await copyFile(here, target, constants.COPYFILE_FICLONE);
  await blobs.getFile(keptBlobKey(sha256), target);
  const found = await hashFile(target);
  if (found === sha256) return;
  throw new UnavailableError("blobs", `${path} came as ${found.slice(0, 12)}…, not as ${sha256.slice(0, 12)}….`, {
    details: { path, sha256, found },
    hint: "it was cut off or damaged on its way; try again",
  });
}

/** Readers see the old folder or the new one. */
async function putInPlace(
  draft: string,
  folder: string,
  { isCopy, version }: { isCopy: boolean; version: string },
): Promise<void> {
  const once = randomBytes(3).toString("hex");
  const aside = join(dirname(folder), `.${basename(folder)}.before.${version.slice(0, 12)}.${once}`);
  const wasThere = await rename(folder, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  await rename(draft, folder);
  if (wasThere && isCopy) await rm(aside, { recursive: true, force: true });
}
