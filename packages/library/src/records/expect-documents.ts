import { NotFoundError } from "@loam/core";
import { documents } from "@loam/store";
import { inArray } from "drizzle-orm";
import type { LibraryContext } from "../library/context.ts";

/** @throws {NotFoundError} naming the first of these ids that no document has; nothing is asked without ids. */
export async function expectDocuments(
  db: LibraryContext["store"]["db"],
  ids: readonly string[] | undefined,
): Promise<void> {
  if (!ids || ids.length === 0) return;
  const found = await db
    .select({ id: documents.id })
    .from(documents)
    .where(inArray(documents.id, [...ids]));
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined)
    throw new NotFoundError("document", missing, { hint: "`loam library ls` lists the documents" });
}
