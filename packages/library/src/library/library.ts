import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import {
  ArgumentError,
  CancelledError,
  InputError,
  type LoamError,
  NotFoundError,
  type OnProgress,
  throwIfCancelled,
  UnavailableError,
} from "@loam/core";
import type { Page, Recogniser } from "@loam/pdf";
import { detectKind, maxPdfSizeBytes, mediaTypeOf, openDocument } from "@loam/pdf";
import { documents, newId, type Store } from "@loam/store";
import { startWork } from "@loam/work";
import { eq } from "drizzle-orm";
import { ask } from "../answer/ask.ts";
import { gatherEvidence } from "../answer/evidence.ts";
import { type ExtractedRow, extractRows } from "../extract/extract.ts";
import { readExtractSchema } from "../extract/extract-schema.ts";
import { askOperation } from "../operations/ask.ts";
import { ingestOperation } from "../operations/ingest.ts";
import { searchOperation } from "../operations/search.ts";
import { conversationMessages } from "../records/conversations.ts";
import { expectDocuments } from "../records/expect-documents.ts";
import { chunksOf, documentRecord, documentRecords, figureRecords, readPage } from "../records/records.ts";
import { placeHits } from "../search/place-hits.ts";
import { rerank } from "../search/rerank.ts";
import { rerankedDepth, rerankHits } from "../search/rerank-hits.ts";
import { blobKeys, type LibraryContext } from "./context.ts";
import { type IngestOptions, ingest } from "./ingest.ts";
import { countRefreshable, type Refreshable, type Refreshed, refreshFigures } from "./refresh.ts";
import { SearchIndex } from "./search-index.ts";
import type {
  AddOptions,
  AnswerStream,
  AskOptions,
  ChunkPassages,
  DocumentRecord,
  DocumentSource,
  FigureRecord,
  Library,
  LibraryModels,
  SearchHit,
  SearchOptions,
} from "./types.ts";

/** Hits that a model is given to reorder. */
const rerankDepth = 20;

/** Chunks whose pages are held at a time while a document is cut into passages. */
const passagesBatch = 64;

/**
 * Opens the library that lies in a store.
 *
 * @param options.recogniser reads pages and pictures without a text layer; such pages end as `empty` without it.
 */
export async function openLibrary(options: {
  store: Store;
  models: LibraryModels;
  recogniser?: Recogniser;
}): Promise<Library> {
  return new StoredLibrary({ ...options, openDocument });
}

interface Running {
  done: Promise<void>;
  stop: AbortController;
}

export class StoredLibrary implements Library {
  readonly context: LibraryContext;
  readonly #index: SearchIndex;
  /** Documents this process is reading: asking for one twice waits for the same reading. */
  readonly #running = new Map<string, Running>();

  constructor(context: LibraryContext) {
    this.context = context;
    this.#index = new SearchIndex(context);
  }

  async add(source: DocumentSource, options: AddOptions = {}): Promise<DocumentRecord> {
    const record = await this.#accept(source);
    await this.read(record.id, options);
    return this.document(record.id);
  }

  async enqueue(source: DocumentSource): Promise<DocumentRecord> {
    const record = await this.#accept(source);
    if (record.status !== "ready") await this.queue(record.id);
    return this.document(record.id);
  }

  /** Puts the reading of a document on the queue, unless it is there. */
  async queue(id: string): Promise<void> {
    const { store } = this.context;
    await store.db.update(documents).set({ status: "queued", error: null }).where(eq(documents.id, id));
    const { name } = await this.document(id);
    await startWork(store, ingestOperation, { document: id }, { name, key: id });
  }

  /** Reads a stored document to the end, from wherever it stands. */
  async read(id: string, { signal, ...options }: IngestOptions = {}): Promise<void> {
    let running = this.#running.get(id);
    if (!running) {
      const stop = new AbortController();
      const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
      const done = ingest(this.context, id, { ...options, signal: both }).finally(() => this.#running.delete(id));
      running = { done, stop };
      this.#running.set(id, running);
    }
    await running.done;
  }

  async #accept(source: DocumentSource): Promise<DocumentRecord> {
    const { db, blobs } = this.context.store;
    const { name, bytes } = await readSource(source);
    const contentHash = createHash("sha256").update(bytes).digest("hex");
    const known = await this.#byHash(contentHash);
    if (known) return known;
    const kind = detectKind(name, bytes);
    const id = newId("doc");
    // Bytes before the row: a row that can be seen can be read.
    await blobs.put(blobKeys.original(id), bytes, { contentType: mediaTypeOf(kind) });
    const added = await db
      .insert(documents)
      .values({ id, name, kind, contentHash, sizeBytes: bytes.length, blobKey: blobKeys.original(id) })
      .onConflictDoNothing({ target: documents.contentHash })
      .returning({ id: documents.id });
    if (added.length > 0) return this.document(id);
    await blobs.delete(blobKeys.original(id)); // another process was faster
    return (await this.#byHash(contentHash)) ?? this.#accept({ name, bytes });
  }

  async #byHash(contentHash: string): Promise<DocumentRecord | undefined> {
    const { db } = this.context.store;
    const [row] = await db.select({ id: documents.id }).from(documents).where(eq(documents.contentHash, contentHash));
    return row && this.document(row.id);
  }

  documents(): Promise<DocumentRecord[]> {
    return documentRecords(this.context.store.db);
  }

  document(id: string): Promise<DocumentRecord> {
    return documentRecord(this.context.store.db, id);
  }

  async pages(id: string): Promise<Page[]> {
    const { pagesDone } = await this.document(id);
    const pages: Page[] = [];
    for (let number = 1; number <= pagesDone; number++) pages.push(await this.page(id, number));
    return pages;
  }

  /** @throws {NotFoundError} when the document has no such page, or it has not been read yet. */
  async page(id: string, number: number): Promise<Page> {
    const page = await readPage(this.context.store.db, id, number);
    if (page) return page;
    const { name, pagesDone, pageCount } = await this.document(id);
    throw new NotFoundError("page", String(number), {
      details: { document: id, pagesDone, pageCount },
      hint: `${pagesDone} of ${pageCount} pages of ${name} have been read`,
    });
  }

  async figures(id: string): Promise<FigureRecord[]> {
    await this.document(id);
    return figureRecords(this.context.store.db, id);
  }

  async passages(id: string): Promise<ChunkPassages[]> {
    await this.document(id);
    const found = await chunksOf(this.context.store.db, id);
    const read: ChunkPassages[] = [];
    for (let at = 0; at < found.length; at += passagesBatch) {
      const hits = found.slice(at, at + passagesBatch).map((chunk) => ({ chunk, document: id, score: 0, ranks: {} }));
      const evidence = await gatherEvidence(this.context, hits);
      read.push(...evidence.map(({ hit, passages }) => ({ chunk: hit.chunk, passages })));
    }
    return read;
  }

  refreshable(): Promise<Refreshable> {
    return countRefreshable(this.context);
  }

  async refresh(
    options: { document?: string; signal?: AbortSignal; onProgress?: OnProgress } = {},
  ): Promise<Refreshed> {
    if (options.document !== undefined) await this.document(options.document);
    return await refreshFigures(this.context, options);
  }

  /** @throws {ArgumentError} unless dpi is from 20 to 600. */
  async pageImage(
    id: string,
    number: number,
    { dpi = 150, password }: { dpi?: number; password?: string } = {},
  ): Promise<Uint8Array> {
    if (!(dpi >= 20 && dpi <= 600)) throw new ArgumentError("dpi", dpi, "a number from 20 to 600");
    const { name } = await this.document(id);
    const file = await this.context.openDocument(await this.original(id), { name, password });
    try {
      return (await file.renderPage(number, { dpi })).png;
    } finally {
      file.close();
    }
  }

  /** @throws {NotFoundError} when the document has no such figure. */
  async figureImage(id: string, figureId: string): Promise<Uint8Array> {
    const known = (await this.figures(id)).map((figure) => figure.id);
    if (!known.includes(figureId)) throw new NotFoundError("figure", figureId, { known });
    return this.context.store.blobs.get(blobKeys.figure(id, figureId));
  }

  async original(id: string): Promise<Uint8Array> {
    await this.document(id);
    return this.context.store.blobs.get(blobKeys.original(id));
  }

  async remove(id: string): Promise<void> {
    const { db, blobs } = this.context.store;
    await this.document(id);
    const running = this.#running.get(id);
    running?.stop.abort(new CancelledError("reading a document that is being removed"));
    await running?.done.catch(() => {});
    await db.delete(documents).where(eq(documents.id, id));
    for await (const key of blobs.list(blobKeys.folder(id))) await blobs.delete(key);
  }

  expectDocuments(ids: readonly string[] | undefined): Promise<void> {
    return expectDocuments(this.context.store.db, ids);
  }

  /** @throws {UnavailableError} when reranking is asked for and no model is set for it. */
  async search(text: string, { signal, ...given }: SearchOptions = {}): Promise<SearchHit[]> {
    const { query, ...asked } = searchOperation.parse({ query: text, ...given });
    const options = { ...asked, signal };
    const { k } = options;
    const { reranker, judge, chat } = this.context.models;
    const { db } = this.context.store;
    await expectDocuments(db, options.documents);
    if (reranker && options.rerank !== "none") {
      const found = await this.#index.search(query, { ...options, k: Math.max(k, rerankedDepth) });
      return placeHits(db, (await rerankHits(query, found, { reranker, signal })).slice(0, k));
    }
    if (options.rerank !== "model") return placeHits(db, await this.#index.search(query, options));
    const model = judge ?? chat;
    if (!model) {
      throw new UnavailableError("rerank", "no reranker, judge or chat model is set.", {
        hint: "set the role `reranker`, `judge` or `chat` (`loam models` shows them), or leave `rerank` out",
      });
    }
    const hits = await this.#index.search(query, { ...options, k: Math.max(k, rerankDepth) });
    const order = await rerank(
      query,
      hits.map(({ chunk }) => chunk.text),
      { model, signal: options.signal },
    );
    return placeHits(
      db,
      order.slice(0, k).map((i) => hits[i]!),
    );
  }

  ask(text: string, { signal, ...given }: AskOptions = {}): AnswerStream {
    const { question, ...options } = askOperation.parse({ question: text, ...given });
    return ask(this.context, this.#index, question, { ...options, signal });
  }

  async *extract(
    schema: unknown,
    { documents, model = true, signal }: { documents?: readonly string[]; model?: boolean; signal?: AbortSignal } = {},
  ): AsyncGenerator<ExtractedRow> {
    const asked = readExtractSchema(schema);
    const ready = (await this.documents()).filter(({ status }) => status === "ready").reverse();
    const chosen = documents ? await Promise.all(documents.map((id) => this.document(id))) : ready;
    for (const { id, name } of chosen) {
      throwIfCancelled(signal, "extracting");
      const pages = await this.pages(id);
      yield* await extractRows(
        asked,
        { id, name, pages },
        { model: model ? this.context.models.chat : undefined, signal },
      );
    }
  }

  conversation(id: string) {
    return conversationMessages(this.context.store.db, id);
  }

  prepare(): Promise<void> {
    return this.#index.prepare();
  }

  async close(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort(new CancelledError("the library was closed; reading"));
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
    await this.#index.close();
  }
}

async function readSource(source: DocumentSource): Promise<{ name: string; bytes: Uint8Array }> {
  if (typeof source !== "string") return { name: basename(source.name), bytes: checkedSize(source.name, source.bytes) };
  const name = basename(source);
  const found = await stat(source).catch((cause) => {
    throw new NotFoundError("file", source, { cause });
  });
  if (found.size > maxPdfSizeBytes) throw tooLarge(name, found.size);
  return { name, bytes: checkedSize(name, await readFile(source)) };
}

function checkedSize(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length > maxPdfSizeBytes) throw tooLarge(name, bytes.length);
  if (bytes.length > 0) return bytes;
  throw new InputError("empty_file", `${name}: the file is empty (0 bytes).`, {
    details: { name },
    hint: "get the file again",
  });
}

function tooLarge(name: string, sizeBytes: number): LoamError {
  const limit = maxPdfSizeBytes / 2 ** 30;
  return new InputError(
    "file_too_large",
    `${name}: ${(sizeBytes / 2 ** 30).toFixed(2)} GiB is more than ${limit} GiB.`,
    {
      details: { name, sizeBytes, maxPdfSizeBytes },
      hint: "split it, for example with `qpdf --split-pages=500 FILE part.pdf`",
    },
  );
}
