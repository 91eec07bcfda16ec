import { ArgumentError, LoamError, NotFoundError } from "@loam/core";
import { documents } from "@loam/store";
import { inArray } from "drizzle-orm";
import { ingestQueue, StoredLibrary } from "./library.ts";
import type { Library } from "./types.ts";

/**
 * Works off the documents that wait to be read, `concurrency` at a time, until the store is closed. Any number of
 * workers may share a database: a document is claimed by one, goes back to the queue when its worker dies, and is
 * taken up at the page it had reached. A file that cannot be read ends as `failed` at once; a failure that may pass is
 * tried again and ends among the dead letters of the queue `ingest`.
 */
export async function runIngestWorker(
  library: Library,
  { concurrency = 1 }: { concurrency?: number } = {},
): Promise<void> {
  if (!(library instanceof StoredLibrary)) {
    throw new ArgumentError("library", typeof library, "the library that openLibrary() returned");
  }
  const { db, jobs } = library.context.store;
  await jobs.work<{ document: string }>(
    ingestQueue,
    async ({ data, signal }) => {
      try {
        await library.read(data.document, { signal });
      } catch (error) {
        if (error instanceof NotFoundError) return; // removed while it waited
        if (error instanceof LoamError && error.exitCode === 3) return; // bad input stays bad: the record says why
        throw error;
      }
    },
    { concurrency },
  );
  // What a process that died had accepted but not queued, or was reading outside of the queue.
  const open = await db
    .select({ id: documents.id })
    .from(documents)
    .where(inArray(documents.status, ["queued", "reading"]));
  for (const { id } of open) await jobs.send(ingestQueue, { document: id }, { singletonKey: id });
}
