import { ArgumentError } from "@loam/core";
import { documents } from "@loam/store";
import { listWork, startWork, type WorkKind, workKind } from "@loam/work";
import { inArray } from "drizzle-orm";
import { ingestOperation } from "../operations/ingest.ts";
import { StoredLibrary } from "./library.ts";
import type { Library } from "./types.ts";

const unsettled = ["queued", "running", "waiting", "interrupted"] as const;

/**
 * The reading of documents as a kind of work, `concurrency` at a time in one worker. A document goes back to the queue
 * when its worker dies, and is taken up at the page it had reached.
 *
 * @throws {ArgumentError} for a library that `openLibrary()` did not return.
 */
export function ingestKind(library: Library, { concurrency = 1 }: { concurrency?: number } = {}): WorkKind {
  if (!(library instanceof StoredLibrary))
    throw new ArgumentError("library", typeof library, "the library that openLibrary() returned");
  const { store } = library.context;
  const recover = async () => {
    const known = new Set(
      (await listWork(store, { kinds: [ingestOperation.name], statuses: unsettled, limit: 100_000 })).map(
        ({ input }) => (input as { document: string }).document,
      ),
    );
    const open = await store.db
      .select({ id: documents.id, name: documents.name })
      .from(documents)
      .where(inArray(documents.status, ["queued", "reading"]));
    for (const { id, name } of open)
      if (!known.has(id)) await startWork(store, ingestOperation, { document: id }, { name, key: id });
  };
  return workKind(ingestOperation, library, { concurrency, recover });
}
