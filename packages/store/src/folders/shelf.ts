import { type Dirent, existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "../database/store.ts";
import { checkIn } from "./check-in.ts";
import { checkOut } from "./check-out.ts";
import { forgetKept, forgottenNames, type KeptFolder, keptFolder, listKept } from "./kept-folder.ts";
import { readMark } from "./mark.ts";

/** Where folders of one kind lie on this disk. With a database server that is a cache of what all machines share. */
export interface Shelf<Info extends object> {
  store: Store;
  kind: string;
  /** The folder that holds them, each under its name. */
  folder: string;
  /** What is told of one without opening it; undefined for what is none of the kind, or not whole. */
  describe(path: string, name: string): Promise<Info | undefined>;
  /** Which of its files are kept; all when left out. */
  include?: (path: string) => boolean;
  /** Changes what was fetched for this machine, before it is shown. */
  prepare?: (draft: string, info: Info) => Promise<void>;
}

/** One folder of a shelf. */
export interface Shelved<Info> {
  name: string;
  info: Info;
}

/** What is only on this disk can be reached by nobody else, unless there is nobody else. */
export const isShared = ({ role }: Store): boolean => role === "server";

/**
 * What is on a shelf, here or on any other machine. What lies here and was never kept (by a Loam of before, by hand) is kept;
 * copies of what was deleted elsewhere go.
 */
export async function listShelf<Info extends object>(shelf: Shelf<Info>): Promise<Shelved<Info>[]> {
  const { store, kind, folder } = shelf;
  const kept = (await listKept(store, kind)).map(({ name, info }) => ({ name, info: info as Info }));
  const names = new Set(kept.map(({ name }) => name));
  const here = (await namesIn(folder)).filter((name) => !names.has(name));
  const forgotten = here.length > 0 ? await forgottenNames(store, kind) : new Set();
  for (const name of here) {
    const path = join(folder, name);
    if (forgotten.has(name) && (await readMark(path))?.kind === kind) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    // One that is being written, or that goes meanwhile, is looked at the next time.
    const info = await adopt(shelf, name).catch(() => undefined);
    if (info) kept.push({ name, info });
  }
  return kept;
}

/** What is told of one folder; undefined where it is not on the shelf. */
export async function findShelved<Info extends object>(shelf: Shelf<Info>, name: string): Promise<Info | undefined> {
  const kept = await keptFolder(shelf.store, { kind: shelf.kind, name });
  if (kept) return kept.info as Info;
  const path = join(shelf.folder, name);
  return existsSync(path) ? await adopt(shelf, name) : undefined;
}

/** The path of a folder of the shelf on this disk, in its newest version; undefined where there is none. */
export async function takeShelved<Info extends object>(shelf: Shelf<Info>, name: string): Promise<string | undefined> {
  const { store, kind, folder, prepare } = shelf;
  const path = join(folder, name);
  const kept = await keptFolder(store, { kind, name });
  if (!kept) return existsSync(path) && (await adopt(shelf, name)) ? path : undefined;
  await checkOut(store, kept, path, prepare && { prepare: (draft) => prepare(draft, kept.info as Info) });
  return path;
}

/**
 * Says that a folder of this disk is as it is to be, with what is told of it; with a database server, all machines have it then.
 *
 * @returns what was kept, if it was.
 */
export async function shelve<Info extends object>(
  { store, kind, folder, include }: Shelf<Info>,
  { name, info, signal }: Shelved<Info> & { signal?: AbortSignal },
): Promise<KeptFolder | undefined> {
  const options = { info: info as Record<string, unknown>, include, signal };
  return isShared(store) ? await checkIn(store, { kind, name }, join(folder, name), options) : undefined;
}

/** Takes a folder away, here and for everybody. */
export async function dropShelved<Info extends object>(
  { store, kind, folder }: Shelf<Info>,
  name: string,
): Promise<void> {
  await forgetKept(store, { kind, name });
  await rm(join(folder, name), { recursive: true, force: true });
}

async function adopt<Info extends object>(shelf: Shelf<Info>, name: string): Promise<Info | undefined> {
  const info = await shelf.describe(join(shelf.folder, name), name);
  if (info) await shelve(shelf, { name, info });
  return info;
}

/** People link models into the home that lie elsewhere. */
const isFolder = (entry: Dirent): boolean => entry.isDirectory() || entry.isSymbolicLink();

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return entries.flatMap((entry) => (isFolder(entry) && !entry.name.startsWith(".") ? [entry.name] : [])).sort();
}
