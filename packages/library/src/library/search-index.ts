import { runInTurns } from "@loam/core";
import { span } from "@loam/observe";
import { embeddingBytes, embeddingVector, fuseRankings, vectorWeight } from "@loam/search";
import { chunks, documents, figures } from "@loam/store";
import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import type { LibraryContext } from "./context.ts";
import { documentOf, editionOf } from "./index/edition.ts";
import { frequencyOf, idfOf, searchVectors, searchWords } from "./index/search-segments.ts";
import { type IndexedChunk, SegmentBuilder } from "./index/segment-builder.ts";
import { SegmentFolder } from "./index/segment-folder.ts";
import { Segments } from "./index/segments.ts";
import { indexedText } from "./ingest.ts";
import { namedChunks, rowFilter } from "./narrow.ts";
import type { SearchHit, SearchOptions } from "./types.ts";

/** Chunks read from the database at a time. */
const loadBatch = 128;
/** Rows of a new segment; a document is never cut. */
const segmentRows = 32_768;
/** A figure asked for by name stands before everything else. */
const namedWeight = 100;

/**
 * The index over all ready documents, in segments that are kept on disk (docs/decisions/0550). The ready
 * documents with their revisions say what the index should hold, whichever process wrote them; they are compared before
 * every search.
 *
 * Memory for a chunk of 512-dimensional vectors: 0.55 kB.
 */
export class SearchIndex {
  readonly #context: LibraryContext;
  #segments: Segments;
  #embedder: string;
  #fingerprint: string | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #tending: Promise<void> = Promise.resolve();

  constructor(context: LibraryContext) {
    this.#context = context;
    this.#embedder = context.models.embed.id;
    this.#segments = new Segments(new SegmentFolder(context.store.home, this.#embedder));
  }

  /** Loads what has become ready and drops what is gone. Callers wait for each other. */
  sync(): Promise<void> {
    this.#syncing = this.#syncing.catch(() => {}).then(() => this.#sync());
    return this.#syncing;
  }

  /** Brought up to date, written and read to be searched. */
  async prepare(): Promise<void> {
    await this.sync();
    for (const segment of this.#segments.current) await runInTurns(segment.load(), { what: "reading the index" });
    await this.#tending;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#syncing.catch(() => {});
    await this.#tending;
  }

  async #sync(): Promise<void> {
    const { db } = this.#context.store;
    const ready = eq(documents.status, "ready");
    const [state] = await db
      .select({
        fingerprint: sql<string>`coalesce(md5(string_agg(${documents.id} || '#' || ${documents.revision}, ',' order by ${documents.id})), '')`,
      })
      .from(documents)
      .where(ready);
    if (state!.fingerprint === this.#fingerprint) return;
    const rows = await db
      .select({ id: documents.id, revision: documents.revision })
      .from(documents)
      .where(ready)
      .orderBy(asc(documents.createdAt), asc(documents.id));
    const editions = rows.map(({ id, revision }) => editionOf(id, revision));
    const present = new Set(editions);
    const segments = this.#segments;
    await segments.drop([...segments.documents].filter((edition) => !present.has(edition)));
    let missing = editions.filter((edition) => !segments.has(edition));
    if (missing.length > 0) await segments.openKept(new Set(missing));
    missing = missing.filter((edition) => !segments.has(edition));
    let builder: SegmentBuilder | undefined;
    for (const edition of missing) {
      builder = await this.#gather(edition, builder);
      if (!builder || builder.size < segmentRows) continue;
      await segments.add(builder);
      builder = undefined;
    }
    if (builder) await segments.add(builder);
    // Documents may have come or gone meanwhile: the next search compares again.
    this.#fingerprint = state!.fingerprint;
    this.#tending = this.#tending.then(() => segments.tend()).catch(() => {});
  }

  /** Adds a document's chunks to the builder, or to a new one. */
  async #gather(edition: string, given: SegmentBuilder | undefined): Promise<SegmentBuilder | undefined> {
    const { db } = this.#context.store;
    let builder = given;
    for (let after = -1; ; ) {
      const batch = await db
        .select({ chunk: chunks, label: figures.label })
        .from(chunks)
        .leftJoin(figures, eq(chunks.figureId, figures.id))
        .where(and(eq(chunks.documentId, documentOf(edition)), gt(chunks.ordinal, after)))
        .orderBy(asc(chunks.ordinal))
        .limit(loadBatch);
      if (batch.length === 0) return builder;
      const vectors = await this.#vectorsOf(batch.map(({ chunk }) => chunk));
      for (const [i, { chunk, label }] of batch.entries()) {
        builder ??= new SegmentBuilder(vectors[i]!.length);
        builder.add({ ...indexed(chunk, label ?? undefined, vectors[i]!), document: edition });
      }
      after = batch.at(-1)!.chunk.ordinal;
    }
  }

  /** The stored vectors; those that another model made are made anew and stored. */
  async #vectorsOf(batch: (typeof chunks.$inferSelect)[]): Promise<Float32Array[]> {
    const { store, models } = this.#context;
    const foreign = batch.filter((chunk) => chunk.embedder !== models.embed.id || !chunk.embedding);
    if (foreign.length > 0) {
      const made = await models.embed.embed(foreign.map(indexedText));
      for (const [i, chunk] of foreign.entries()) {
        chunk.embedding = embeddingBytes(made[i]!);
        const { embedding } = chunk;
        await store.db.update(chunks).set({ embedder: models.embed.id, embedding }).where(eq(chunks.id, chunk.id));
      }
    }
    return batch.map((chunk) => embeddingVector(chunk.embedding!));
  }

  /** How much a term tells, over all chunks, and whether it stands in any. */
  idf(term: string): { weight: number; known: boolean } {
    const segments = this.#segments.current;
    return { weight: idfOf(segments, term), known: frequencyOf(segments, term) > 0 };
  }

  async search(query: string, options: SearchOptions = {}): Promise<SearchHit[]> {
    const { k = 8, mode = "hybrid", signal } = options;
    await this.sync();
    return span(
      "search",
      { kind: "retriever", attributes: { "gen_ai.retrieval.query.text": query, "gen_ai.retrieval.top_k": k } },
      async (open) => {
        const allows = rowFilter(options);
        const depth = Math.max(50, 4 * k);
        const { embed } = this.#context.models;
        const weight = mode === "vector" ? 1 : mode === "keyword" ? 0 : vectorWeight(query, embed);
        const segments = this.#segments.current;
        const vector = weight > 0 && segments.length > 0 ? (await embed.embed([query], { signal }))[0] : undefined;
        const byVector = vector ? await searchVectors(segments, vector, { k: depth, allows }) : [];
        const byKeyword = mode === "vector" ? [] : searchWords(segments, query, { k: depth, allows });
        const sides = [
          { items: byVector.map(({ segment, row }) => segment.chunkId(row)), weight },
          { items: byKeyword.map(({ segment, row }) => segment.chunkId(row)), weight: 1 },
        ];
        const named = mode === "vector" ? [] : namedChunks(segments, query, { allows, sides });
        const fused = fuseRankings([...sides, { items: named, weight: namedWeight }]).slice(0, k);
        const hits = await this.#hits(
          fused.map(({ item, score, ranks: [vector, keyword] }) => ({ id: item, score, ranks: { vector, keyword } })),
        );
        if (open.recording)
          open.output(hits.map(({ chunk, score }) => ({ id: chunk.id, score, text: chunk.text.slice(0, 200) })));
        return hits;
      },
    );
  }

  async #hits(found: { id: string; score: number; ranks: SearchHit["ranks"] }[]): Promise<SearchHit[]> {
    if (found.length === 0) return [];
    const { db } = this.#context.store;
    const ids = found.map(({ id }) => id);
    const stored = await db
      .select({
        id: chunks.id,
        document: chunks.documentId,
        kind: chunks.kind,
        text: chunks.text,
        headings: chunks.headings,
        regions: chunks.regions,
        figureId: chunks.figureId,
      })
      .from(chunks)
      .where(inArray(chunks.id, ids));
    const byId = new Map(stored.map((row) => [row.id, row]));
    return found.flatMap(({ id, score, ranks }) => {
      const chunk = byId.get(id);
      if (!chunk) return []; // removed a moment ago
      const { document, figureId, ...rest } = chunk;
      return [{ chunk: { ...rest, figure: figureId?.slice(document.length + 1) }, document, score, ranks }];
    });
  }
}

function indexed(
  chunk: typeof chunks.$inferSelect,
  label: string | undefined,
  vector: Float32Array,
): Omit<IndexedChunk, "document"> {
  const pages = chunk.regions.map(({ page }) => page);
  return {
    ordinal: chunk.ordinal,
    kind: chunk.kind,
    pages: [Math.min(...pages), Math.max(...pages)],
    label,
    text: indexedText(chunk),
    vector,
  };
}
