import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { LoamError, NotFoundError, throwIfCancelled } from "@loam/core";
import { isDocumentName } from "@loam/pdf";
import { documents, type Store, watchedFiles } from "@loam/store";
import { and, eq, ne } from "drizzle-orm";
import type { DocumentRecord, Library } from "../library/types.ts";

/** What a look at a folder led to. */
export type WatchEvent =
  | { type: "added" | "changed" | "renamed"; path: string; document: DocumentRecord }
  | { type: "removed"; path: string; document?: string }
  | { type: "failed"; path: string; error: LoamError };

interface SeenFile {
  sizeBytes: number;
  mtimeMs: number;
}

/** The files of a folder as they were at the look before: one that is still growing is not read. */
export type LastLook = Map<string, SeenFile>;

/**
 * Makes the library hold what a folder holds: new files are read once they have stopped growing, a changed file takes
 * the place of what it was, a renamed one stays the document that it is, and what is gone is gone from answers.
 * A document that was in the library before its file was seen here is never removed.
 *
 * @param last what the look before saw; what has changed since, or is gone, waits for the next one.
 * @returns what this look saw.
 * @throws {NotFoundError} when the folder itself is not there (an unplugged disk is no reason to forget everything).
 */
export async function syncFolder(
  { library, store }: { library: Library; store: Store },
  folder: string,
  { last, signal, onEvent }: { last: LastLook | undefined; signal?: AbortSignal; onEvent: (event: WatchEvent) => void },
): Promise<LastLook> {
  const root = resolve(folder);
  const seen = await filesBelow(root);
  const known = new Map(
    (await store.db.select().from(watchedFiles).where(eq(watchedFiles.folder, root))).map((row) => [row.path, row]),
  );
  for (const [path, file] of seen) {
    throwIfCancelled(signal, `watching ${root}`);
    const before = known.get(path);
    const isKnown = before && before.sizeBytes === file.sizeBytes && before.mtimeMs === file.mtimeMs;
    // Whoever removes a document in the Studio does not want it back with the next look.
    if (isKnown || !isSettled(file, last?.get(path))) continue;
    await take({ library, store }, { root, path, file, before: before?.documentId ?? undefined }, { signal, onEvent });
  }
  for (const { path, documentId, isOwned } of known.values()) {
    // A file that is being renamed is away for one look and settled under its new name in the next.
    if (seen.has(path) || !last || last.has(path)) continue;
    await store.db.delete(watchedFiles).where(eq(watchedFiles.path, path));
    const isMoved = documentId !== null && (await hasFile(store, documentId));
    if (documentId && isOwned && !isMoved) await removeQuietly(library, documentId);
    if (!isMoved) onEvent({ type: "removed", path, ...(documentId && { document: documentId }) });
  }
  return seen;
}

function isSettled(now: SeenFile, last: SeenFile | undefined): boolean {
  return last !== undefined && last.sizeBytes === now.sizeBytes && last.mtimeMs === now.mtimeMs && now.sizeBytes > 0;
}

/** Reads a file, and lets go of what stood under its path before. */
async function take(
  { library, store }: { library: Library; store: Store },
  { root, path, file, before }: { root: string; path: string; file: SeenFile; before?: string },
  { signal, onEvent }: { signal?: AbortSignal; onEvent: (event: WatchEvent) => void },
): Promise<void> {
  const row = { path, folder: root, ...file };
  const write = (values: { documentId: string | null; isOwned: boolean; problem: string | null }) =>
    store.db
      .insert(watchedFiles)
      .values({ ...row, ...values })
      .onConflictDoUpdate({ target: watchedFiles.path, set: { ...row, ...values } });
  const there = new Set((await library.documents()).map(({ id }) => id));
  try {
    const document = await library.add(path, { signal });
    const [other] = await store.db
      .select()
      .from(watchedFiles)
      .where(and(eq(watchedFiles.documentId, document.id), ne(watchedFiles.path, path)));
    await write({ documentId: document.id, isOwned: other?.isOwned ?? !there.has(document.id), problem: null });
    if (before === document.id) return; // only its time has changed
    if (other) await rename(store, document.id, path);
    if (before) await releaseOld({ library, store }, before);
    const type = before ? "changed" : other ? "renamed" : "added";
    onEvent({ type, path, document: await library.document(document.id) });
  } catch (error) {
    if (signal?.aborted || !(error instanceof LoamError) || (error.exitCode !== 3 && error.exitCode !== 4)) throw error;
    await write({ documentId: null, isOwned: true, problem: error.message });
    onEvent({ type: "failed", path, error });
  }
}

async function releaseOld({ library, store }: { library: Library; store: Store }, id: string): Promise<void> {
  if (!(await hasFile(store, id))) await removeQuietly(library, id);
}

async function hasFile(store: Store, documentId: string): Promise<boolean> {
  const rows = await store.db
    .select({ path: watchedFiles.path })
    .from(watchedFiles)
    .where(eq(watchedFiles.documentId, documentId));
  return rows.length > 0;
}

async function rename(store: Store, id: string, path: string): Promise<void> {
  await store.db
    .update(documents)
    .set({ name: basename(path) })
    .where(eq(documents.id, id));
}

/** Somebody else may have removed it. */
async function removeQuietly(library: Library, id: string): Promise<void> {
  await library.remove(id).catch((error) => {
    if (!(error instanceof NotFoundError)) throw error;
  });
}

/** Documents in and below a folder by path; hidden ones, and those that programs write beside what they work on, are left out. */
async function filesBelow(root: string): Promise<LastLook> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new NotFoundError("folder", root, { cause });
  });
  const files: LastLook = new Map();
  for (const entry of entries.sort((a, b) => pathOf(a).localeCompare(pathOf(b)))) {
    const path = pathOf(entry);
    const inside = path.slice(root.length + 1);
    if (
      !entry.isFile() ||
      !isDocumentName(path) ||
      /(?:^|[/\\])[.~]/.test(inside) ||
      /(?:^|[/\\])node_modules[/\\]/.test(inside)
    )
      continue;
    const found = await stat(path).catch(() => undefined);
    if (found) files.set(path, { sizeBytes: found.size, mtimeMs: found.mtimeMs });
  }
  return files;
}

function pathOf(entry: Dirent): string {
  return join(entry.parentPath, entry.name);
}
