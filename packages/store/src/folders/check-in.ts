import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { throwIfCancelled, UnavailableError } from "@loam/core";
import { and, eq, sql } from "drizzle-orm";
import type { Store } from "../database/store.ts";
import { keptBlobs, keptFiles, keptFolders } from "../schema/shared/index.ts";
import { type KeptFile, type KeptFolder, type KeptPlace, keptBlobKey, keptFolder, versionOf } from "./kept-folder.ts";
import { writeMark } from "./mark.ts";

export interface CheckInOptions {
  /** What is told of the folder without opening it. */
  info?: Readonly<Record<string, unknown>>;
  /** Which files, by their paths below the folder; all when left out. What begins with a dot or ends in `.part` never. */
  include?: (path: string) => boolean;
  signal?: AbortSignal;
}

/** Files up to this size are read whole: a log that grows meanwhile is kept as it was. */
const wholeBytes = 8 * 1024 ** 2;

/**
 * Keeps a folder for every server and worker: the bytes become blobs, once by hash, and the list of them replaces the one
 * before, as a whole. Only then is it said to be there.
 *
 * @throws {UnavailableError} when the blobs or the database are away, or a large file changes while it is read.
 */
export async function checkIn(
  store: Store,
  place: KeptPlace,
  folder: string,
  { info = {}, include = () => true, signal }: CheckInOptions = {},
): Promise<KeptFolder> {
  const files: KeptFile[] = [];
  for (const path of await pathsIn(folder)) {
    if (!include(path)) continue;
    throwIfCancelled(signal, "Keeping a folder");
    files.push({ path, ...(await keepBytes(store, join(folder, path))) });
  }
  const version = versionOf(files);
  const { kind, name } = place;
  await store.db.transaction(async (tx) => {
    await tx
      .insert(keptFolders)
      .values({ kind, name, version, info })
      .onConflictDoUpdate({
        target: [keptFolders.kind, keptFolders.name],
        set: {
          ...{ version, info: sql`excluded.info`, updatedAt: sql`now()`, deletedAt: null },
          createdAt: sql`case when ${keptFolders.deletedAt} is null then ${keptFolders.createdAt} else now() end`,
        },
      });
    await tx.delete(keptFiles).where(and(eq(keptFiles.kind, kind), eq(keptFiles.name, name)));
    for (let i = 0; i < files.length; i += 1000)
      await tx.insert(keptFiles).values(files.slice(i, i + 1000).map((file) => ({ kind, name, ...file })));
  });
  await writeMark(folder, { ...place, version });
  return (await keptFolder(store, place))!;
}

/** Writes the bytes of a file, unless they are there already. */
async function keepBytes(store: Store, path: string): Promise<Omit<KeptFile, "path">> {
  const before = await stat(path);
  const whole = before.size <= wholeBytes ? await readFile(path) : undefined;
  const sha256 = whole ? createHash("sha256").update(whole).digest("hex") : await hashFile(path);
  const key = keptBlobKey(sha256);
  await store.db
    .insert(keptBlobs)
    .values({ sha256 })
    .onConflictDoUpdate({ target: keptBlobs.sha256, set: { usedAt: sql`now()` } });
  if (!(await store.blobs.exists(key))) await (whole ? store.blobs.put(key, whole) : store.blobs.putFile(key, path));
  const after = whole ? before : await stat(path);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    await store.blobs.delete(key);
    throw new UnavailableError("folder", `${path} was written to while it was kept.`, {
      hint: "keep it again once it rests",
    });
  }
  return { sha256, sizeBytes: whole?.length ?? before.size };
}

/** SHA-256 of a file, in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path, { highWaterMark: 1024 ** 2 })) hash.update(part as Uint8Array);
  return hash.digest("hex");
}

async function pathsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => path.split("/").every((name) => !name.startsWith(".") && !name.endsWith(".part")))
    .sort();
}
