import { type OnProgress, ProgressMeter, throwIfCancelled, UnavailableError } from "@loam/core";
import { span } from "@loam/observe";
import type { Figure } from "@loam/pdf";
import { describeFigure } from "@loam/pdf";
import { embeddingBytes } from "@loam/search";
import { chunks, documents, figures } from "@loam/store";
import { and, asc, eq, isNotNull, ne, sql } from "drizzle-orm";
import { figureChunk } from "../records/chunk.ts";
import { readPage } from "../records/records.ts";
import { figureRowId, type LibraryContext } from "./context.ts";
import { descriptionCache } from "./describe-figures.ts";
import { indexedText } from "./ingest.ts";

/** What a vision model could still look at. */
export interface Refreshable {
  figures: number;
  documents: number;
}

/** What was looked at. */
export interface Refreshed {
  described: number;
  /** The model did not answer for these: they keep the words they had. */
  failed: number;
  documents: number;
}

/** Pictures of ready documents whose words come from OCR or the text around them. */
const waiting = and(
  eq(documents.status, "ready"),
  isNotNull(figures.imageKey),
  isNotNull(figures.descriptionSource),
  ne(figures.descriptionSource, "vision"),
);

/** How many figures were read without a vision model, and of how many documents. */
export async function countRefreshable({ store }: LibraryContext): Promise<Refreshable> {
  const [counts] = await store.db
    .select({
      figures: sql<number>`count(*)::int`,
      documents: sql<number>`count(distinct ${figures.documentId})::int`,
    })
    .from(figures)
    .innerJoin(documents, eq(figures.documentId, documents.id))
    .where(waiting);
  return counts!;
}

/**
 * Lets the vision model describe what was read before there was one: each figure's words, and its chunk with a new vector.
 * Open indexes notice by the document's revision. What is described stays so: broken off, it goes on where it was.
 *
 * @throws {UnavailableError} when no model plays the role `vision`, or it answers for none of the first figures.
 */
export async function refreshFigures(
  context: LibraryContext,
  { document, signal, onProgress }: { document?: string; signal?: AbortSignal; onProgress?: OnProgress } = {},
): Promise<Refreshed> {
  const { store, models } = context;
  const { vision } = models;
  if (!vision)
    throw new UnavailableError("vision", "no model plays this role.", {
      hint: "set one, such as `loam config set models.vision ollama:qwen3-vl:2b`; `loam models shelf` lists some",
    });
  const rows = await store.db
    .select({
      ...{ documentId: figures.documentId, page: figures.page, content: figures.content },
      ...{ imageKey: figures.imageKey, description: figures.description },
    })
    .from(figures)
    .innerJoin(documents, eq(figures.documentId, documents.id))
    .where(document === undefined ? waiting : and(waiting, eq(figures.documentId, document)))
    .orderBy(asc(figures.documentId), asc(figures.page), asc(figures.id));
  const meter = new ProgressMeter(onProgress, { task: "refresh", unit: "figure", total: rows.length });
  meter.advance(0);
  const touched = new Set<string>();
  let failed = 0;
  for (const { documentId, page, content, imageKey, description } of rows) {
    throwIfCancelled(signal, "describing figures");
    const figure = { ...(content as Figure), png: await store.blobs.get(imageKey!) };
    try {
      const seen = await span("describe figure", { attributes: { "loam.figure": figure.id } }, () =>
        describeFigure(figure, { vision, cache: descriptionCache(context), signal }),
      );
      await saveDescription(context, { documentId, page, figure, before: description ?? undefined, after: seen.text });
      touched.add(documentId);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      // One picture that the model cannot take is passed over; a model that takes none of them is not there.
      failed++;
      if (touched.size === 0 && (failed === 3 || failed === rows.length)) throw error;
    }
    meter.advance(1);
  }
  return { described: rows.length - failed, failed, documents: touched.size };
}

interface Described {
  documentId: string;
  page: number;
  figure: Figure;
  before: string | undefined;
  after: string;
}

/** The figure's words, its chunk and the document's revision change together or not at all. */
async function saveDescription(
  { store, models }: LibraryContext,
  { documentId, page: number, figure, before, after }: Described,
): Promise<void> {
  const figureId = figureRowId(documentId, figure.id);
  const page = await readPage(store.db, documentId, number);
  const countTokens = (text: string) => models.embed.countTokens(text);
  const old = page && figureChunk(figure, { description: before, page, countTokens });
  const draft = page && figureChunk(figure, { description: after, page, countTokens });
  const [vector] = draft ? await models.embed.embed([indexedText(draft)]) : [];
  await store.db.transaction(async (tx) => {
    await tx.update(figures).set({ description: after, descriptionSource: "vision" }).where(eq(figures.id, figureId));
    if (draft) {
      const { figure: _, ...fields } = draft;
      const values = { ...fields, embedder: models.embed.id, embedding: embeddingBytes(vector!) };
      const own = and(eq(chunks.figureId, figureId), eq(chunks.text, old?.text ?? ""));
      const changed = await tx.update(chunks).set(values).where(own).returning({ id: chunks.id });
      if (changed.length === 0) {
        const [last] = await tx
          .select({ ordinal: sql<number>`coalesce(max(${chunks.ordinal}), -1)::int` })
          .from(chunks)
          .where(eq(chunks.documentId, documentId));
        const ordinal = last!.ordinal + 1;
        await tx.insert(chunks).values({ ...values, id: `${documentId}.${ordinal}`, documentId, figureId, ordinal });
      }
    }
    await tx
      .update(documents)
      .set({ revision: sql`${documents.revision} + 1` })
      .where(eq(documents.id, documentId));
  });
}
