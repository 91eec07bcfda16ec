import { LoamError, type OnProgress, ProgressMeter, throwIfCancelled, UnavailableError } from "@loam/core";
import { span } from "@loam/observe";
import type { DocumentFile, Figure, Page } from "@loam/pdf";
import { continueTable, linkMentions, takeCaptionAhead } from "@loam/pdf";
import { embeddingBytes } from "@loam/search";
import { chunks, documents, figures, pages } from "@loam/store";
import { eq, sql } from "drizzle-orm";
import { type ChunkDraft, Chunker, figureChunk } from "../records/chunk.ts";
import { readPage } from "../records/records.ts";
import { namedFigures } from "../search/named-figures.ts";
import { blobKeys, figureRowId, type LibraryContext } from "./context.ts";
import { describeFigures } from "./describe-figures.ts";
import { chunkRowId } from "./index/chunk-row-id.ts";

export interface IngestOptions {
  password?: string;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Pages in work at once: enough to keep PDFium's threads busy, few enough to keep memory flat. */
const pagesAhead = 3;
/** Chunks embedded and written together. */
const chunkBatch = 32;

/**
 * Takes a stored document from wherever it stopped to `ready`: pages with their figures, mentions, descriptions,
 * chunks with vectors. Every step writes what it has done before the next begins and skips what is written, so that
 * it can be broken off anywhere and called again, also by two processes at once.
 */
export async function ingest(context: LibraryContext, documentId: string, options: IngestOptions = {}): Promise<void> {
  const { db } = context.store;
  const [row] = await db.select().from(documents).where(eq(documents.id, documentId));
  if (!row || row.status === "ready") return;
  await span("ingest", { attributes: { "loam.document.id": documentId, "loam.document.name": row.name } }, async () => {
    try {
      await db.update(documents).set({ status: "reading", error: null }).where(eq(documents.id, documentId));
      await readPages(context, row, options);
      await span("link mentions", {}, () => linkAllMentions(context, documentId, options));
      await span("describe figures", {}, () => describeFigures(context, documentId, options));
      await span("index", {}, () => writeChunks(context, documentId, options));
      const title = row.title ?? (await firstHeading(context, documentId));
      await db.update(documents).set({ status: "ready", title }).where(eq(documents.id, documentId));
    } catch (error) {
      if (!options.signal?.aborted) await recordFailure(context, documentId, error);
      throw error;
    }
  });
}

async function recordFailure({ store }: LibraryContext, documentId: string, error: unknown): Promise<void> {
  const known = error instanceof LoamError ? error.toJSON() : { code: "internal", message: String(error) };
  // With the blobs away nothing is wrong with the document: it goes on when they are back, and says what it waits for.
  const isAway = error instanceof UnavailableError && error.details.service === "blobs";
  const status = isAway ? "queued" : "failed";
  await store.db.update(documents).set({ status, error: known }).where(eq(documents.id, documentId));
}

async function readPages(
  context: LibraryContext,
  { id, name, title, pagesDone }: { id: string; name: string; title: string | null; pagesDone: number },
  { password, signal, onProgress }: IngestOptions,
): Promise<void> {
  const { db, blobs } = context.store;
  const file = await span("open", {}, async () =>
    context.openDocument(await blobs.get(blobKeys.original(id)), { name, password, signal }),
  );
  try {
    const { pageCount, author } = file.info;
    await db
      .update(documents)
      .set({ pageCount, author, title: file.info.title?.trim() || title })
      .where(eq(documents.id, id));
    const meter = new ProgressMeter(onProgress, {
      task: "ingest",
      label: name,
      unit: "page",
      total: pageCount,
      done: pagesDone,
    });
    meter.advance(0);
    const coming: Promise<Page>[] = [];
    let before = pagesDone > 0 ? await readPage(db, id, pagesDone) : undefined;
    for (let number = pagesDone + 1, next = number; number <= pageCount; number++) {
      for (; next <= Math.min(pageCount, number + pagesAhead - 1); next++)
        coming.push(read(context, file, next, signal));
      const page = continueTable(await coming.shift()!, before);
      before = page;
      throwIfCancelled(signal, `reading ${name}`);
      await savePage(context, id, page);
      meter.advance(1, page.status === "failed" ? `page ${number} failed: ${page.reason}` : undefined);
    }
  } finally {
    file.close();
  }
}

function read({ recogniser }: LibraryContext, file: DocumentFile, number: number, signal?: AbortSignal): Promise<Page> {
  const page = span("read page", { attributes: { "loam.page": number } }, async (open) => {
    const page = await file.readPage(number, { recogniser, signal });
    open.set({ "loam.page.status": page.status, "loam.page.reason": page.reason });
    return page;
  });
  page.catch(() => {}); // awaited later, or not at all when an earlier page fails
  return page;
}

/** Pictures first, then the rows and the page count in one transaction: a page that is counted is complete. */
async function savePage({ store }: LibraryContext, documentId: string, page: Page): Promise<void> {
  for (const figure of page.figures) {
    if (figure.png) {
      await store.blobs.put(blobKeys.figure(documentId, figure.id), figure.png, { contentType: "image/png" });
    }
  }
  await store.db.transaction(async (tx) => {
    const { number, status, reason, label, widthPt, heightPt } = page;
    const content: Page = { ...page, figures: [] };
    await tx
      .insert(pages)
      .values({ documentId, number, status, reason, label, widthPt, heightPt, content })
      .onConflictDoNothing();
    if (page.figures.length > 0) {
      await tx
        .insert(figures)
        .values(page.figures.map((figure) => figureRow(documentId, figure)))
        .onConflictDoNothing();
    }
    await tx
      .update(documents)
      .set({ pagesDone: sql`greatest(${documents.pagesDone}, ${number})` })
      .where(eq(documents.id, documentId));
  });
}

function figureRow(documentId: string, { png, ...figure }: Figure): typeof figures.$inferInsert {
  const { id, page, kind, box, label, caption } = figure;
  const imageKey = png && blobKeys.figure(documentId, id);
  return { id: figureRowId(documentId, id), documentId, page, kind, box, label, caption, content: figure, imageKey };
}

/** Only blocks that name a figure are held at once, so that memory stays flat over thousands of pages. */
async function linkAllMentions(
  { store }: LibraryContext,
  documentId: string,
  { signal }: IngestOptions,
): Promise<void> {
  const naming: Pick<Page, "number" | "blocks" | "figures">[] = [];
  const named = new Set<Figure>();
  let before: Page | undefined;
  for await (const page of storedPages(store.db, documentId)) {
    throwIfCancelled(signal, "linking figures");
    const figure = before && takeCaptionAhead(before, page);
    if (figure) named.add(figure);
    before = page;
    const blocks = page.blocks.filter((block) => namedFigures(block.text).length > 0);
    naming.push({ number: page.number, blocks, figures: page.figures });
  }
  linkMentions(naming);
  for (const figure of naming.flatMap((page) => page.figures)) {
    if (figure.mentions.length === 0 && !named.has(figure)) continue;
    const { label, caption } = figure;
    await store.db
      .update(figures)
      .set({ content: figure, label, caption })
      .where(eq(figures.id, figureRowId(documentId, figure.id)));
  }
}

async function writeChunks(context: LibraryContext, documentId: string, { signal }: IngestOptions): Promise<void> {
  const { store, models } = context;
  const [written] = await store.db
    .select({ chunks: sql<number>`count(*)::int` })
    .from(chunks)
    .where(eq(chunks.documentId, documentId));
  const done = written!.chunks;
  let ordinal = 0;
  let batch: (ChunkDraft & { ordinal: number })[] = [];
  const write = async () => {
    throwIfCancelled(signal, "indexing");
    const vectors = await models.embed.embed(batch.map(indexedText), { signal });
    const rows = batch.map(({ figure, ...chunk }, i) => ({
      ...chunk,
      id: chunkRowId(documentId, chunk.ordinal),
      documentId,
      figureId: figure && figureRowId(documentId, figure),
      embedder: models.embed.id,
      embedding: embeddingBytes(vectors[i]!),
    }));
    await store.db.insert(chunks).values(rows).onConflictDoNothing();
    batch = [];
  };
  for await (const draft of chunkDrafts(context, documentId)) {
    if (ordinal >= done) batch.push({ ...draft, ordinal });
    ordinal++;
    if (batch.length === chunkBatch) await write();
  }
  if (batch.length > 0) await write();
}

/** What is embedded and searched: the text under its headings. */
export function indexedText({ headings, text }: { headings: readonly string[]; text: string }): string {
  return [...headings, text].join("\n");
}

async function* chunkDrafts({ store, models }: LibraryContext, documentId: string): AsyncGenerator<ChunkDraft> {
  const countTokens = (text: string) => models.embed.countTokens(text);
  const descriptions = new Map(
    (
      await store.db
        .select({ id: figures.id, description: figures.description })
        .from(figures)
        .where(eq(figures.documentId, documentId))
    ).map(({ id, description }) => [id, description ?? undefined]),
  );
  const chunker = new Chunker({ countTokens });
  for await (const page of storedPages(store.db, documentId)) {
    yield* chunker.push(page);
    for (const figure of page.figures) {
      const description = descriptions.get(figureRowId(documentId, figure.id));
      const draft = figureChunk(figure, { description, page, countTokens });
      if (draft) yield draft;
    }
  }
  yield* chunker.flush();
}

async function* storedPages(db: LibraryContext["store"]["db"], documentId: string): AsyncGenerator<Page> {
  for (let number = 1; ; number++) {
    const page = await readPage(db, documentId, number);
    if (!page) return;
    yield page;
  }
}

async function firstHeading({ store }: LibraryContext, documentId: string): Promise<string | null> {
  const page = await readPage(store.db, documentId, 1);
  const headings = page?.blocks.filter((block) => block.kind === "heading") ?? [];
  const top = Math.min(...headings.map((heading) => heading.level ?? 1));
  return (
    headings
      .find((heading) => (heading.level ?? 1) === top)
      ?.text.replace(/\s+/g, " ")
      .slice(0, 300) ?? null
  );
}
