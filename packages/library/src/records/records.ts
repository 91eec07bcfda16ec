import { NotFoundError } from "@loam/core";
import type { Figure, Page, PageStatus } from "@loam/pdf";
import { chunks, documents, figures, pages } from "@loam/store";
import { and, asc, count, desc, eq, inArray } from "drizzle-orm";
import type { LibraryContext } from "../library/context.ts";
import type { Chunk, DocumentRecord, FigureRecord } from "../library/types.ts";

type Db = LibraryContext["store"]["db"];

/** The records of the documents with these ids, or of all, newest first. */
export async function documentRecords(db: Db, ids?: readonly string[]): Promise<DocumentRecord[]> {
  const ofDocuments = ids ? inArray(documents.id, [...ids]) : undefined;
  const ofPages = ids ? inArray(pages.documentId, [...ids]) : undefined;
  const rows = await db
    .select()
    .from(documents)
    .where(ofDocuments)
    .orderBy(desc(documents.createdAt), desc(documents.id));
  const counts = await db
    .select({ id: pages.documentId, status: pages.status, pages: count() })
    .from(pages)
    .where(ofPages)
    .groupBy(pages.documentId, pages.status);
  const failed = await db
    .select({ id: pages.documentId, page: pages.number, reason: pages.reason })
    .from(pages)
    .where(and(eq(pages.status, "failed"), ofPages))
    .orderBy(asc(pages.number));
  return rows.map((row) => {
    const pageStatuses: Record<PageStatus, number> = { text: 0, ocr: 0, empty: 0, failed: 0 };
    for (const entry of counts) if (entry.id === row.id) pageStatuses[entry.status] = entry.pages;
    return {
      id: row.id,
      name: row.name,
      title: row.title ?? row.name,
      ...(row.author?.trim() && { author: row.author.trim() }),
      kind: row.kind as DocumentRecord["kind"],
      contentHash: row.contentHash,
      sizeBytes: row.sizeBytes,
      pageCount: row.pageCount,
      status: row.status,
      pagesDone: row.pagesDone,
      pageStatuses,
      failedPages: failed.filter((f) => f.id === row.id).map(({ page, reason }) => ({ page, reason: reason ?? "" })),
      error: row.error ?? undefined,
      createdAt: row.createdAt,
    };
  });
}

/** @throws {NotFoundError} */
export async function documentRecord(db: Db, id: string): Promise<DocumentRecord> {
  const [record] = await documentRecords(db, [id]);
  if (record) return record;
  throw new NotFoundError("document", id, { hint: "`loam library ls` lists the documents" });
}

/** A page with its figures, without pictures. Pages come one at a time: a document may have thousands. */
export async function readPage(db: Db, documentId: string, number: number): Promise<Page | undefined> {
  const [row] = await db
    .select({ content: pages.content })
    .from(pages)
    .where(and(eq(pages.documentId, documentId), eq(pages.number, number)));
  if (!row) return undefined;
  const own = await db
    .select({ content: figures.content })
    .from(figures)
    .where(and(eq(figures.documentId, documentId), eq(figures.page, number)))
    .orderBy(asc(figures.id));
  return { ...(row.content as Page), figures: own.map((figure) => figure.content as Figure) };
}

/** The figures of a document in page order, with what is known about each in words. */
export async function figureRecords(db: Db, documentId: string): Promise<FigureRecord[]> {
  const rows = await db
    .select()
    .from(figures)
    .where(eq(figures.documentId, documentId))
    .orderBy(asc(figures.page), asc(figures.id));
  return rows.map((row) => ({
    ...(row.content as Figure),
    document: documentId,
    description:
      row.description && row.descriptionSource ? { text: row.description, source: row.descriptionSource } : undefined,
  }));
}

/** The chunks of a document in its order. */
export async function chunksOf(db: Db, documentId: string): Promise<Chunk[]> {
  const rows = await db
    .select({
      id: chunks.id,
      kind: chunks.kind,
      text: chunks.text,
      headings: chunks.headings,
      regions: chunks.regions,
      figureId: chunks.figureId,
    })
    .from(chunks)
    .where(eq(chunks.documentId, documentId))
    .orderBy(asc(chunks.ordinal));
  return rows.map(({ figureId, ...chunk }) => ({ ...chunk, figure: figureId?.slice(documentId.length + 1) }));
}
