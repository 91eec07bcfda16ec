import { createHash } from "node:crypto";
import { InputError, NotFoundError } from "@loam/core";
import { files, type Store } from "@loam/store";
import { and, asc, eq, gte, inArray, lt, sql } from "drizzle-orm";
import { blobKey, putBlob } from "./blobs.ts";
import { withoutSecrets } from "./log-files.ts";

/** A file that a client has sent. */
export interface StoredFile {
  scope: string;
  path: string;
  sha256: string;
  /** Base64. */
  md5: string;
  sizeBytes: number;
  contentType: string | null;
  createdAt: Date;
}

/**
 * A path below a scope as it may be kept: relative, `/` between its names, none of them `.` or `..`. Whatever the
 * spelling (encoded, with backslashes, with a drive), a path that leaves its scope is refused.
 *
 * @throws {InputError}
 */
export function checkPath(path: string): string {
  let plain = path;
  for (let i = 0; i < 3 && plain.includes("%"); i++) {
    try {
      const decoded = decodeURIComponent(plain);
      if (decoded === plain) break;
      plain = decoded;
    } catch {
      break;
    }
  }
  const bad =
    path.length === 0 ||
    path.length > 2000 ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[\u0000-\u001f]/.test(plain) ||
    plain.startsWith("/") ||
    /^[A-Za-z]:[\\/]/.test(plain) ||
    plain.split(/[/\\]/).some((name) => name === "" || name === "." || name === "..");
  if (!bad) return path;
  throw new InputError("invalid_path", `The path ${JSON.stringify(path.slice(0, 200))} leaves its place or is empty.`, {
    details: { name: "path" },
    hint: "give a relative path without `.` and `..`, such as `model/weights.bin`",
  });
}

/**
 * Keeps a file; one of the same path is replaced. The bytes are on the disk when this resolves. Logs of clients' libraries
 * are kept without secrets.
 */
export async function putFile(
  store: Store,
  {
    scope,
    path,
    bytes: given,
    contentType = null,
  }: { scope: string; path: string; bytes: Uint8Array; contentType?: string | null },
): Promise<StoredFile> {
  checkPath(path);
  const bytes = await withoutSecrets(scope, path, given);
  const sha256 = await putBlob(store, bytes);
  const md5 = createHash("md5").update(bytes).digest("base64");
  return await insertTogether(store, { scope, path, sha256, md5, sizeBytes: bytes.length, contentType });
}

type NewFile = Omit<StoredFile, "createdAt">;

interface Waiting {
  file: NewFile;
  resolve: (file: StoredFile) => void;
  reject: (error: unknown) => void;
}

const waiting = new WeakMap<Store, Waiting[]>();

/** Rows of files that come at once are one transaction: a commit waits for the disk, and many may share the wait. */
function insertTogether(store: Store, file: NewFile): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    const queue = waiting.get(store);
    if (queue) queue.push({ file, resolve, reject });
    else {
      waiting.set(store, [{ file, resolve, reject }]);
      void drain(store);
    }
  });
}

async function drain(store: Store): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  for (let batch = waiting.get(store) ?? []; batch.length > 0; batch = waiting.get(store) ?? []) {
    waiting.set(store, []);
    try {
      const byPlace = new Map(batch.map(({ file }) => [`${file.scope}\n${file.path}`, file]));
      const rows = await store.db
        .insert(files)
        .values([...byPlace.values()])
        .onConflictDoUpdate({
          target: [files.scope, files.path],
          set: {
            sha256: sql`excluded.sha256`,
            md5: sql`excluded.md5`,
            sizeBytes: sql`excluded.size_bytes`,
            contentType: sql`excluded.content_type`,
            createdAt: sql`now()`,
          },
        })
        .returning();
      const written = new Map(rows.map((row) => [`${row.scope}\n${row.path}`, row]));
      for (const { file, resolve } of batch) resolve(written.get(`${file.scope}\n${file.path}`)!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
  waiting.delete(store);
}

/** @throws {NotFoundError} */
export async function getFile(store: Store, scope: string, path: string): Promise<StoredFile> {
  const [row] = await store.db
    .select()
    .from(files)
    .where(and(eq(files.scope, scope), eq(files.path, path)));
  if (!row) throw new NotFoundError("file", path);
  return row;
}

export async function streamFile(store: Store, file: StoredFile): Promise<ReadableStream<Uint8Array>> {
  return await store.blobs.stream(blobKey(file.sha256));
}

export async function readFileBytes(store: Store, file: StoredFile): Promise<Uint8Array> {
  return await store.blobs.get(blobKey(file.sha256));
}

/** The files of a scope in order of their paths, all of them or those below a folder. */
export async function listFiles(store: Store, scope: string, folder = ""): Promise<StoredFile[]> {
  const below = folder === "" ? "" : `${folder.replace(/\/+$/, "")}/`;
  return await store.db
    .select()
    .from(files)
    .where(
      and(
        eq(files.scope, scope),
        below === "" ? undefined : and(gte(files.path, below), lt(files.path, `${below}\u{10FFFF}`)),
      ),
    )
    .orderBy(asc(files.path));
}

/** The files of several scopes, by scope. */
export async function filesOf(store: Store, scopes: readonly string[]): Promise<Map<string, StoredFile[]>> {
  if (scopes.length === 0) return new Map();
  const rows = await store.db
    .select()
    .from(files)
    .where(inArray(files.scope, [...scopes]))
    .orderBy(asc(files.path));
  return Map.groupBy(rows, ({ scope }) => scope);
}

/** Deletes a file, or all below a folder. @returns how many there were. */
export async function deleteFiles(store: Store, scope: string, path: string): Promise<number> {
  const below = (await listFiles(store, scope, path)).map((file) => file.path);
  const gone = await store.db
    .delete(files)
    .where(and(eq(files.scope, scope), inArray(files.path, [path, ...below])))
    .returning({ path: files.path });
  return gone.length;
}

/** A file with these bytes, wherever it belongs; W&B's manifests know files by their MD5. */
export async function findFileByMd5(store: Store, md5: string): Promise<StoredFile | undefined> {
  const [row] = await store.db.select().from(files).where(eq(files.md5, md5)).limit(1);
  return row;
}

/** Gives a file a second place, without its bytes being sent again. */
export async function linkFile(store: Store, file: StoredFile, scope: string, path: string): Promise<void> {
  const { sha256, md5, sizeBytes, contentType } = file;
  await store.db
    .insert(files)
    .values({ scope, path: checkPath(path), sha256, md5, sizeBytes, contentType })
    .onConflictDoNothing();
}

/** Files with these bytes, by their MD5. */
export async function findFilesByMd5(store: Store, md5s: readonly string[]): Promise<Map<string, StoredFile>> {
  if (md5s.length === 0) return new Map();
  const rows = await store.db
    .selectDistinctOn([files.md5])
    .from(files)
    .where(inArray(files.md5, [...md5s]));
  return new Map(rows.map((row) => [row.md5, row]));
}
