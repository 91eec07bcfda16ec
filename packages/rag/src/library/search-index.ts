import { span } from "@loam/observe";
import { chunks, documents, figures } from "@loam/store";
import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { fuseRankings } from "../search/fusion.ts";
import { KeywordIndex } from "../search/keyword-index.ts";
import { isNamed, namedFigures } from "../search/named-figures.ts";
import { VectorIndex } from "../search/vector-index.ts";
import { vectorWeight } from "../search/vector-weight.ts";
import type { LibraryContext } from "./context.ts";
import { embeddingBytes, embeddingVector } from "./embedding-bytes.ts";
import { indexedText } from "./ingest.ts";
import type { ChunkKind, SearchHit, SearchOptions } from "./types.ts";

/** What is known of a row without asking the database. */
interface IndexRow {
  chunk: string;
  document: string;
  kind: ChunkKind;
  firstPage: number;
  lastPage: number;
  /** "Figure 3", for the chunks of a figure. */
  label?: string;
}

/** Chunks read from the database at a time. */
const loadBatch = 256;
/** A figure asked for by name stands before everything else. */
const namedWeight = 100;

/**
 * Both indexes over all ready documents, in memory. The ready documents with their revisions say whether the
 * index is up to date, whichever process wrote them; they are compared before every search.
 *
 * Memory for a chunk of 512-dimensional vectors: 2.6 kB of vectors and about 1 kB of postings.
 */
export class SearchIndex {
  readonly #context: LibraryContext;
  readonly #keywords = new KeywordIndex();
  #vectors: VectorIndex | undefined;
  /** Row numbers are the keyword index's; vectors have rows of their own. */
  readonly #rows: (IndexRow | undefined)[] = [];
  readonly #vectorRowOf: number[] = [];
  readonly #rowOfVector: number[] = [];
  readonly #free: number[] = [];
  readonly #documents = new Map<string, number[]>();
  readonly #revisions = new Map<string, number>();
  #fingerprint = "";
  #syncing: Promise<void> = Promise.resolve();

  constructor(context: LibraryContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#keywords.size;
  }

  /** Loads what has become ready and drops what is gone. Callers wait for each other. */
  sync(): Promise<void> {
    this.#syncing = this.#syncing.catch(() => {}).then(() => this.#sync());
    return this.#syncing;
  }

  async #sync(): Promise<void> {
    const { db } = this.#context.store;
    const ready = eq(documents.status, "ready");
    const [state] = await db
      .select({
        fingerprint: sql<string>`coalesce(md5(string_agg(${documents.id} || ${documents.revision}, ',' order by ${documents.id})), '')`,
      })
      .from(documents)
      .where(ready);
    if (state!.fingerprint === this.#fingerprint) return;
    const found = await db.select({ id: documents.id, revision: documents.revision }).from(documents).where(ready);
    const present = new Map(found.map(({ id, revision }) => [id, revision]));
    for (const id of [...this.#documents.keys()]) if (present.get(id) !== this.#revisions.get(id)) this.#drop(id);
    for (const [id, revision] of present) {
      if (this.#documents.has(id)) continue;
      await this.#load(id);
      this.#revisions.set(id, revision);
    }
    // Documents may have come or gone meanwhile: the next search compares again.
    this.#fingerprint = state!.fingerprint;
  }

  #drop(documentId: string): void {
    for (const row of this.#documents.get(documentId) ?? []) {
      this.#keywords.remove(row);
      this.#vectors?.remove(this.#vectorRowOf[row]!);
      this.#rows[row] = undefined;
      this.#free.push(row);
    }
    this.#documents.delete(documentId);
  }

  async #load(documentId: string): Promise<void> {
    const { db } = this.#context.store;
    const rows: number[] = [];
    for (let after = -1; ; ) {
      const batch = await db
        .select({ chunk: chunks, label: figures.label })
        .from(chunks)
        .leftJoin(figures, eq(chunks.figureId, figures.id))
        .where(and(eq(chunks.documentId, documentId), gt(chunks.ordinal, after)))
        .orderBy(asc(chunks.ordinal))
        .limit(loadBatch);
      if (batch.length === 0) break;
      const vectors = await this.#vectorsOf(batch.map(({ chunk }) => chunk));
      for (const [i, { chunk, label }] of batch.entries()) {
        rows.push(this.#add(chunk, label ?? undefined, vectors[i]!));
      }
      after = batch.at(-1)!.chunk.ordinal;
    }
    this.#documents.set(documentId, rows);
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

  #add(chunk: typeof chunks.$inferSelect, label: string | undefined, vector: Float32Array): number {
    const row = this.#free.pop() ?? this.#rows.length;
    const pages = chunk.regions.map(({ page }) => page);
    this.#rows[row] = {
      chunk: chunk.id,
      document: chunk.documentId,
      kind: chunk.kind,
      firstPage: Math.min(...pages),
      lastPage: Math.max(...pages),
      label,
    };
    this.#keywords.add(row, indexedText(chunk));
    this.#vectors ??= new VectorIndex(vector.length);
    const vectorRow = this.#vectors.add(vector);
    this.#vectorRowOf[row] = vectorRow;
    this.#rowOfVector[vectorRow] = row;
    return row;
  }

  /** How much a term tells, over all chunks, and whether it stands in any. */
  idf(term: string): { weight: number; known: boolean } {
    return { weight: this.#keywords.idf(term), known: this.#keywords.has(term) };
  }

  async search(query: string, options: SearchOptions = {}): Promise<SearchHit[]> {
    const { k = 8, mode = "hybrid", signal } = options;
    await this.sync();
    return span(
      "search",
      { kind: "retriever", attributes: { "gen_ai.retrieval.query.text": query, "gen_ai.retrieval.top_k": k } },
      async (open) => {
        const allows = this.#filter(options);
        const depth = Math.max(50, 4 * k);
        const { embed } = this.#context.models;
        const weight = mode === "vector" ? 1 : mode === "keyword" ? 0 : vectorWeight(query, embed);
        const vector = weight > 0 && this.#vectors ? (await embed.embed([query], { signal }))[0] : undefined;
        const byVector = vector
          ? this.#vectors!.search(vector, { k: depth, allows: allows && ((row) => allows(this.#rowOfVector[row]!)) })
          : [];
        const byKeyword = mode === "vector" ? [] : this.#keywords.search(query, { k: depth, allows });
        const sides = [
          { items: byVector.map(({ row }) => this.#rowOfVector[row]!), weight },
          { items: byKeyword.map(({ row }) => row), weight: 1 },
        ];
        const named = mode === "vector" ? [] : this.#named(query, allows, sides);
        const fused = fuseRankings([...sides, { items: named, weight: namedWeight }]).slice(0, k);
        const hits = await this.#hits(
          fused.map(({ item, score, ranks: [vector, keyword] }) => ({ row: item, score, ranks: { vector, keyword } })),
        );
        if (open.recording)
          open.output(hits.map(({ chunk, score }) => ({ id: chunk.id, score, text: chunk.text.slice(0, 200) })));
        return hits;
      },
    );
  }

  /** Chunks of the figures that the query names, the better found ones first. */
  #named(
    query: string,
    allows: ((row: number) => boolean) | undefined,
    sides: { items: number[]; weight: number }[],
  ): number[] {
    const names = namedFigures(query);
    if (names.length === 0) return [];
    const rank = new Map(fuseRankings(sides).map(({ item, score }) => [item, score]));
    const rows: number[] = [];
    this.#rows.forEach((row, i) => {
      if (row?.label && (!allows || allows(i)) && names.some((name) => isNamed(row.label, name))) rows.push(i);
    });
    return rows.sort((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0));
  }

  #filter({ documents, pages, kinds }: SearchOptions): ((row: number) => boolean) | undefined {
    if (!documents && !pages && !kinds) return undefined;
    const inDocuments = documents && new Set(documents);
    const ofKinds = kinds && new Set(kinds);
    return (i) => {
      const row = this.#rows[i]!;
      return (
        (!inDocuments || inDocuments.has(row.document)) &&
        (!ofKinds || ofKinds.has(row.kind)) &&
        (!pages || (row.lastPage >= pages[0] && row.firstPage <= pages[1]))
      );
    };
  }

  async #hits(found: { row: number; score: number; ranks: SearchHit["ranks"] }[]): Promise<SearchHit[]> {
    if (found.length === 0) return [];
    const { db } = this.#context.store;
    const ids = found.map(({ row }) => this.#rows[row]!.chunk);
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
    return found.flatMap(({ row, score, ranks }) => {
      const chunk = byId.get(this.#rows[row]!.chunk);
      if (!chunk) return []; // removed a moment ago
      const { document, figureId, ...rest } = chunk;
      return [{ chunk: { ...rest, figure: figureId?.slice(document.length + 1) }, document, score, ranks }];
    });
  }
}
