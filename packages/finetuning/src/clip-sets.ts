import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, NotFoundError, unzip } from "@loam/core";
import { dropShelved, findShelved, listShelf, newId, type Shelf, shelve, takeShelved } from "@loam/store";
import { openClipSource } from "@loam/video";
import type { TuneFolders } from "./folders.ts";

/** Clips with captions that were added as one archive. */
export interface ClipSet {
  id: string;
  /** The archive's name as it was given. */
  name: string;
  /** Clips and pictures that have a caption. */
  clips: number;
  /** In words, with what was left out. */
  description: string;
  createdAt: string;
}

/** An archive may unpack to so much, in so many files. */
const mostBytes = 256 * 1024 ** 2;
const mostFiles = 10_000;

const shelfOf = ({ store, clips }: TuneFolders): Shelf<ClipSet> => ({
  ...{ store, kind: "clips", folder: clips },
  describe: async (path) => {
    const text = await readFile(join(path, "set.json"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as ClipSet);
  },
});

/** What such an archive may hold: clips, pictures, captions beside them or in a table; a folder of PNGs is a clip. */
const wantedFile =
  /^(?:[\p{L}\p{N}][\p{L}\p{N} ._()-]{0,79}\/)?[\p{L}\p{N}][\p{L}\p{N} ._()-]{0,79}\.(gif|webp|mp4|webm|mov|mkv|png|jpe?g|txt|jsonl|csv)$/iu;

/** Any size: captions are counted, and one clip is looked at. */
const anySize = { frames: 1, height: 8, width: 8 };

/**
 * Adds a zip archive of clips with captions beside them: `fox.txt` for `fox.mp4`, or `metadata.jsonl` or `.csv` with `file_name` and `text`.
 * One folder around all of it is taken off; files of other kinds are left alone.
 *
 * @throws {InputError} `invalid_file` for an archive that is damaged or unpacks to too much; `no_clips` when none has a caption;
 *   `bad_clip` when the first cannot be read.
 */
export async function addClipSet(
  folders: TuneFolders,
  { name, bytes }: { name: string; bytes: Uint8Array },
): Promise<ClipSet> {
  const all = await unzip(name, bytes, { maxBytes: mostBytes, wanted: isContent });
  const files = withoutOuterFolder(all).filter(([entry]) => wantedFile.test(entry));
  if (files.length > mostFiles)
    throw new InputError("invalid_file", `${name} holds ${files.length} files; at most ${mostFiles} are taken.`, {
      hint: "split it, or train from the folder with `loam video train`",
    });
  const id = newId("clips");
  const part = join(folders.clips, `.${id}`);
  const clips = join(part, "clips");
  try {
    await mkdir(clips, { recursive: true });
    for (const [entry, data] of files) {
      await mkdir(dirname(join(clips, entry)), { recursive: true });
      await writeFile(join(clips, entry), data);
    }
    const source = await openClipSource({ kind: "folder", path: clips, size: anySize, channels: 3 }).catch((error) => {
      throw withName(error, clips, name);
    });
    await source.all!.read(0, anySize);
    const set: ClipSet = {
      ...{ id, name, clips: source.all!.count, description: source.describe().replaceAll(clips, name) },
      createdAt: new Date().toISOString(),
    };
    await writeFile(join(part, "set.json"), `${JSON.stringify(set, null, 2)}\n`);
    await rename(part, join(folders.clips, id));
    await shelve(shelfOf(folders), { name: id, info: set });
    return set;
  } catch (error) {
    for (const path of [part, join(folders.clips, id)]) await rm(path, { recursive: true, force: true });
    throw error;
  }
}

/** Newest first. */
export async function listClipSets(folders: TuneFolders): Promise<ClipSet[]> {
  const found = (await listShelf(shelfOf(folders))).map(({ info }) => info);
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** A set and the folder of its clips on this machine. @throws {NotFoundError} naming those that there are. */
export async function findClipSet(folders: TuneFolders, id: string): Promise<{ set: ClipSet; path: string }> {
  const set = await findShelved(shelfOf(folders), id);
  const path = set && (await takeShelved(shelfOf(folders), id));
  if (!set || path === undefined)
    throw new NotFoundError("set of clips", id, { known: (await listClipSets(folders)).map((one) => one.id) });
  return { set, path: join(path, "clips") };
}

/** Deletes a set; models that learned from it stay. @throws {NotFoundError} */
export async function deleteClipSet(folders: TuneFolders, id: string): Promise<void> {
  await findClipSet(folders, id);
  await dropShelved(shelfOf(folders), id);
}

/** What archivers add for themselves is none of it. */
const isContent = (entry: string): boolean => !entry.endsWith("/") && !/(^|\/)(\.|__MACOSX\/)/.test(entry);

function withoutOuterFolder(files: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][] {
  const entries = [...files];
  const [outer] = entries[0]?.[0].split("/") ?? [];
  const isAround = entries.every(([entry]) => entry.startsWith(`${outer}/`));
  // A single folder of PNGs with its caption beside is no folder around all.
  const hasCaptions = entries.some(([entry]) => /\.(txt|jsonl|csv)$/i.test(entry));
  return isAround && hasCaptions ? entries.map(([entry, data]) => [entry.slice(outer!.length + 1), data]) : entries;
}

/** The error in the words of whoever sent the archive, who knows no folder here. */
function withName(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof InputError)) return error;
  return new InputError(error.code, error.message.replaceAll(path, name), {
    hint: error.hint,
    cause: error,
  });
}
