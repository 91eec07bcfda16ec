import type { Embedder } from "@loam/models";
import { embeddingBytes, embeddingVector, KeywordIndex, searchTerms, VectorIndex, vectorWeight } from "@loam/search";
import { platformChunks as chunks, type Database } from "@loam/store";
import { and, asc, eq, gt, inArray } from "drizzle-orm";
import { passagesOf } from "./passages.ts";
import type { StoredVectorStoreFile, VectorStoreHit } from "./types.ts";

/** How a search weighs its two sides; 0 leaves a side out. */
export interface RankingWeights {
  embedding: number;
  text: number;
}

interface ChunkRow {
  position: number;
  file: StoredVectorStoreFile;
  vectorRows: number[];
}

/** Chunks read from the database at a time. */
const loadBatch = 256;
/** The saturation of BM25: a term counts at most its idf times this. */
const mostOfTerm = 2.2;

/**
 * The chunks of one vector store in memory, by meaning and by words. A score is the weighted mean of the cosine of the
 * best passage, and of BM25 as a share of the most that the query's words could give; so it lies in [0, 1] and may be
 * compared with a threshold.
 *
 * Memory for a chunk of one passage of 512 dimensions: 2.6 kB of vectors and about 1 kB of postings.
 */
export class StoreIndex {
  readonly #db: Database;
  readonly #embedder: Embedder;
  readonly #keywords = new KeywordIndex();
  #vectors: VectorIndex | undefined;
  readonly #rows: (ChunkRow | undefined)[] = [];
  readonly #rowOfVector: number[] = [];
  readonly #free: number[] = [];
  readonly #files = new Map<string, { file: StoredVectorStoreFile; rows: number[] }>();
  #revision = -1;
  #syncing: Promise<void> = Promise.resolve();

  constructor(db: Database, embedder: Embedder) {
    this.#db = db;
    this.#embedder = embedder;
  }

  get size(): number {
    return this.#keywords.size;
  }

  /**
   * Loads what has come and drops what is gone, when the store has changed since the last time. Callers wait for each
   * other.
   */
  sync(revision: number, completed: () => Promise<StoredVectorStoreFile[]>): Promise<void> {
    this.#syncing = this.#syncing
      .catch(() => {})
      .then(async () => {
        if (revision <= this.#revision) return;
        const files = new Map((await completed()).map((file) => [file.id, file]));
        for (const [id, known] of this.#files) {
          const file = files.get(id);
          if (!file) this.#drop(id);
          else Object.assign(known.file, file); // attributes may have changed
        }
        for (const file of files.values()) if (!this.#files.has(file.id)) await this.#load(file);
        this.#revision = revision;
      });
    return this.#syncing;
  }

  /** @returns the best chunks, best first, no two alike. */
  async search(
    queries: readonly string[],
    {
      k,
      weights,
      threshold,
      allows,
      signal,
    }: {
      k: number;
      weights?: RankingWeights;
      threshold: number;
      allows?: (file: StoredVectorStoreFile) => boolean;
      signal?: AbortSignal;
    },
  ): Promise<VectorStoreHit[]> {
    const best = new Map<number, number>();
    const allowed = allows && this.#rowsWhere(allows);
    for (const query of queries) {
      for (const [row, score] of await this.#scores(query, { k, weights, allowed, signal })) {
        if (score >= threshold) best.set(row, Math.max(score, best.get(row) ?? 0));
      }
    }
    const rows = [...best].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, k);
    return await this.#hits(rows);
  }

  async #scores(
    query: string,
    {
      k,
      weights,
      allowed,
      signal,
    }: { k: number; weights?: RankingWeights; allowed?: Uint8Array; signal?: AbortSignal },
  ): Promise<Map<number, number>> {
    const scores = new Map<number, number>();
    if (this.size === 0) return scores;
    const { embedding, text } = weights ?? { embedding: vectorWeight(query, this.#embedder), text: 1 };
    const total = embedding + text;
    if (total === 0) return scores;
    const depth = Math.max(100, 4 * k);
    const allows = allowed && ((row: number) => allowed[row] === 1);
    const most = [...new Set(searchTerms(query))].reduce((sum, term) => sum + this.#keywords.idf(term), 0) * mostOfTerm;
    const words = new Map<number, number>();
    if (text > 0 && most > 0) {
      for (const { row, score } of this.#keywords.search(query, { k: depth, allows })) words.set(row, score / most);
    }
    const meaning = new Map<number, number>();
    const add = (found: { row: number; score: number }[]) => {
      for (const { row: vectorRow, score } of found) {
        const row = this.#rowOfVector[vectorRow]!;
        meaning.set(row, Math.max(meaning.get(row) ?? 0, Math.min(1, score)));
      }
    };
    if (embedding > 0 && this.#vectors) {
      const [vector] = await this.#embedder.embed([query], { signal });
      const byRow = allows && ((vectorRow: number) => allows(this.#rowOfVector[vectorRow]!));
      add(this.#vectors.search(vector!, { k: depth, allows: byRow }));
      const rest = new Set(
        [...words.keys()].filter((row) => !meaning.has(row)).flatMap((row) => this.#rows[row]!.vectorRows),
      );
      if (rest.size > 0) add(this.#vectors.search(vector!, { k: rest.size, allows: (row) => rest.has(row) }));
    }
    for (const row of new Set([...words.keys(), ...meaning.keys()])) {
      const score = (embedding * (meaning.get(row) ?? 0) + text * (words.get(row) ?? 0)) / total;
      scores.set(row, Math.max(0, Math.min(1, score)));
    }
    return scores;
  }

  #rowsWhere(allows: (file: StoredVectorStoreFile) => boolean): Uint8Array {
    const allowed = new Uint8Array(this.#rows.length);
    for (const { file, rows } of this.#files.values()) if (allows(file)) for (const row of rows) allowed[row] = 1;
    return allowed;
  }

  async #load(file: StoredVectorStoreFile): Promise<void> {
    const rows: number[] = [];
    for (let after = -1; ; ) {
      const batch = await this.#db
        .select()
        .from(chunks)
        .where(and(eq(chunks.storeFileId, file.id), gt(chunks.ordinal, after)))
        .orderBy(asc(chunks.ordinal))
        .limit(loadBatch);
      if (batch.length === 0) break;
      for (const chunk of batch) rows.push(this.#add(file, chunk, await this.#vectorsOf(chunk)));
      after = batch.at(-1)!.ordinal;
    }
    this.#files.set(file.id, { file, rows });
  }

  /** The stored vectors; those that another model made are made anew and stored. */
  async #vectorsOf(chunk: typeof chunks.$inferSelect): Promise<Float32Array[]> {
    if (chunk.embedder !== this.#embedder.id) {
      const made = await this.#embedder.embed(await passagesOf(chunk.text, this.#embedder));
      const embedding = Buffer.concat(made.map(embeddingBytes));
      await this.#db
        .update(chunks)
        .set({ embedder: this.#embedder.id, embedding })
        .where(eq(chunks.position, chunk.position));
      return made;
    }
    const all = embeddingVector(chunk.embedding);
    const dims = this.#vectors?.dims ?? this.#embedder.dimensions ?? all.length;
    return Array.from({ length: all.length / dims }, (_, i) => all.subarray(i * dims, (i + 1) * dims));
  }

  #add(
    file: StoredVectorStoreFile,
    { position, text }: { position: number; text: string },
    vectors: Float32Array[],
  ): number {
    const row = this.#free.pop() ?? this.#rows.length;
    this.#keywords.add(row, text);
    this.#vectors ??= new VectorIndex(vectors[0]!.length);
    const vectorRows = vectors.map((vector) => this.#vectors!.add(vector));
    for (const vectorRow of vectorRows) this.#rowOfVector[vectorRow] = row;
    this.#rows[row] = { position, file, vectorRows };
    return row;
  }

  #drop(fileRowId: string): void {
    for (const row of this.#files.get(fileRowId)?.rows ?? []) {
      this.#keywords.remove(row);
      for (const vectorRow of this.#rows[row]!.vectorRows) this.#vectors?.remove(vectorRow);
      this.#rows[row] = undefined;
      this.#free.push(row);
    }
    this.#files.delete(fileRowId);
  }

  async #hits(found: [row: number, score: number][]): Promise<VectorStoreHit[]> {
    if (found.length === 0) return [];
    const rows = found.flatMap(([row, score]) => (this.#rows[row] ? [{ ...this.#rows[row], score }] : []));
    const positions = rows.map(({ position }) => position);
    const stored = await this.#db
      .select({ position: chunks.position, text: chunks.text })
      .from(chunks)
      .where(inArray(chunks.position, positions));
    const texts = new Map(stored.map(({ position, text }) => [position, text]));
    return rows.flatMap(({ position, score, file }) => {
      const text = texts.get(position);
      if (text === undefined) return []; // removed a moment ago
      const { fileId, filename, attributes } = file.body;
      return [{ fileId, filename, attributes, score, text }];
    });
  }
}
