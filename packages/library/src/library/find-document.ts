import { ArgumentError, NotFoundError } from "@loam/core";
import type { DocumentRecord } from "./types.ts";

/**
 * The document that is meant by an id, the beginning of one, or a file's name.
 *
 * @throws {NotFoundError} naming the nearest, {ArgumentError} when several fit.
 */
export function findDocument(documents: readonly DocumentRecord[], asked: string): DocumentRecord {
  const exact = documents.filter(({ id, name }) => id === asked || name === asked);
  const found = exact.length > 0 ? exact : documents.filter(({ id }) => asked.length >= 6 && id.startsWith(asked));
  if (found.length > 1)
    throw new ArgumentError(
      "document",
      asked,
      "one document",
      `several fit; use an id: ${found.map(({ id }) => id).join(", ")}`,
    );
  if (found.length === 0)
    throw new NotFoundError("Document", asked, {
      known: documents.flatMap(({ id, name }) => [name, id]),
      ...(documents.length === 0 ? { hint: "the library is empty: `loam ingest FILE`" } : {}),
    });
  return found[0]!;
}
