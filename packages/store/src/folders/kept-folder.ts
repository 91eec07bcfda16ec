import { createHash } from "node:crypto";
import { and, asc, desc, eq, getTableColumns, inArray, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { Store } from "../database/store.ts";
import { keptBlobs, keptFiles, keptFolders } from "../schema/shared/index.ts";

/** What a kept folder is found by. */
export interface KeptPlace {
  /** `dataset`, `base`, `adapter`, … */
  kind: string;
  name: string;
}

export interface KeptFile {
  /** Below the folder, with `/` between its names. */
  path: string;
  sha256: string;
  sizeBytes: number;
}

/** A folder that every server and worker on the same database and blobs can reach. */
export interface KeptFolder extends KeptPlace {
  /** SHA-256 over the list of its files. */
  version: string;
  /** What was told of it when it was kept. */
  info: Readonly<Record<string, unknown>>;
  createdAt: Date;
  updatedAt: Date;
}

/** What nobody names any more stays for so long: a check-in may just be about to name it. */
const unnamedHours = 24;

/** The key of a kept file's bytes, by what they are: the same bytes are kept once. */
export const keptBlobKey = (sha256: string): string => `kept/${sha256.slice(0, 2)}/${sha256}`;

/** The version of a folder with these files. */
export function versionOf(files: readonly KeptFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}

const at = ({ kind, name }: KeptPlace, table: typeof keptFolders | typeof keptFiles) =>
  and(eq(table.kind, kind), eq(table.name, name));

const isThere = isNull(keptFolders.deletedAt);
const { deletedAt: _, ...columns } = getTableColumns(keptFolders);

/** The folder as it was kept last; undefined where there is none. */
export async function keptFolder({ db }: Pick<Store, "db">, place: KeptPlace): Promise<KeptFolder | undefined> {
  const [row] = await db
    .select(columns)
    .from(keptFolders)
    .where(and(at(place, keptFolders), isThere));
  return row as KeptFolder | undefined;
}

/** All kept folders of a kind, newest first. */
export async function listKept({ db }: Pick<Store, "db">, kind: string): Promise<KeptFolder[]> {
  const rows = await db
    .select(columns)
    .from(keptFolders)
    .where(and(eq(keptFolders.kind, kind), isThere))
    .orderBy(desc(keptFolders.createdAt), asc(keptFolders.name));
  return rows as KeptFolder[];
}

/** The names of a kind's folders that were taken away from everybody. */
export async function forgottenNames({ db }: Pick<Store, "db">, kind: string): Promise<Set<string>> {
  const rows = await db
    .select({ name: keptFolders.name })
    .from(keptFolders)
    .where(and(eq(keptFolders.kind, kind), isNotNull(keptFolders.deletedAt)));
  return new Set(rows.map(({ name }) => name));
}

/** The files of a kept folder in order of their paths. */
export async function keptFilesOf({ db }: Pick<Store, "db">, place: KeptPlace): Promise<KeptFile[]> {
  const { path, sha256, sizeBytes } = keptFiles;
  return await db
    .select({ path, sha256, sizeBytes })
    .from(keptFiles)
    .where(at(place, keptFiles))
    .orderBy(asc(keptFiles.path));
}

/** Takes a folder away from everybody; forgetting what is not there is no error. */
export async function forgetKept(store: Store, place: KeptPlace): Promise<void> {
  await store.db.transaction(async (tx) => {
    await tx.delete(keptFiles).where(at(place, keptFiles));
    await tx.update(keptFolders).set({ deletedAt: sql`now()`, info: {} }).where(at(place, keptFolders));
  });
  await sweepKept(store).catch(() => {}); // the blobs are away: the next one looks again
}

/** Deletes some of the blobs that no kept folder has named for a day. */
export async function sweepKept({ db, blobs }: Store, { hours = unnamedHours } = {}): Promise<number> {
  return await db.transaction(async (tx) => {
    // The rows stay locked until their blobs are gone: a check-in of the same bytes waits, and writes them again.
    const unnamed = await tx
      .select({ sha256: keptBlobs.sha256 })
      .from(keptBlobs)
      .where(
        and(
          lt(keptBlobs.usedAt, sql`now() - make_interval(hours => ${hours})`),
          sql`not exists (select 1 from ${keptFiles} where ${keptFiles.sha256} = ${keptBlobs.sha256})`,
        ),
      )
      .limit(20)
      .for("update", { skipLocked: true });
    const gone = unnamed.map(({ sha256 }) => sha256);
    if (gone.length === 0) return 0;
    for (const sha256 of gone) await blobs.delete(keptBlobKey(sha256));
    await tx.delete(keptBlobs).where(inArray(keptBlobs.sha256, gone));
    return gone.length;
  });
}
