import type { Embedder } from "@loam/models";
import { platformChunks as chunks, type Database, platformObjects as objects, type Store } from "@loam/store";
import { startWorkWith } from "@loam/work";
import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Files } from "../files/files.ts";
import { Collection, type Match } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import { expiredIfOver, expiryOf, requireUsable } from "./expiry.ts";
import { type AttributeFilter, meets } from "./filters.ts";
import { type IngestInput, ingestKindName } from "./ingest.ts";
import { type RankingWeights, StoreIndex } from "./store-index.ts";
import type {
  Attributes,
  ChunkingStrategy,
  FileCounts,
  FileToAdd,
  StoredVectorStore,
  StoredVectorStoreBatch,
  StoredVectorStoreFile,
  VectorStoreBatchBody,
  VectorStoreBody,
  VectorStoreFileBody,
  VectorStoreHit,
} from "./types.ts";

/** Stores whose chunks stay in memory: the ones that were searched last. */
const indexesKept = 32;

/** A search is noted as the last use at most this often. */
const touchMs = 60_000;

/** What a client may say of a store. */
export interface VectorStoreFields {
  name?: string | null;
  description?: string | null;
  expiresAfterDays?: number | null;
  metadata?: Metadata;
}

export interface StoreUsage {
  counts: FileCounts;
  usageBytes: number;
}

export interface SearchRequest {
  queries: readonly string[];
  k: number;
  filter?: AttributeFilter;
  threshold?: number;
  weights?: RankingWeights;
  signal?: AbortSignal;
}

/** Stores of files that are searched by meaning and by words. */
export class VectorStores {
  readonly #store: Store;
  readonly #files: Files;
  readonly #embedder: () => Embedder;
  readonly #rows: Collection<VectorStoreBody>;
  readonly #fileRows: Collection<VectorStoreFileBody>;
  readonly #batches: Collection<VectorStoreBatchBody>;
  /** By store, those used last at the end. */
  readonly #indexes = new Map<string, StoreIndex>();

  constructor({ store, files, embedder }: { store: Store; files: Files; embedder: () => Embedder }) {
    this.#store = store;
    this.#files = files;
    this.#embedder = embedder;
    this.#rows = new Collection(store.db, "vector_store");
    this.#fileRows = new Collection(store.db, "vector_store_file");
    this.#batches = new Collection(store.db, "vector_store_batch");
    files.onRemoved((project, fileId) => this.#removeEverywhere(project, fileId));
  }

  async create(
    project: string,
    fields: VectorStoreFields,
    files: readonly FileToAdd[] = [],
  ): Promise<StoredVectorStore> {
    const rows = await this.#rowsFor(project, files);
    const { name = null, description = null, expiresAfterDays = null, metadata } = fields;
    const createdAt = new Date();
    const store = await this.#rows.insert({
      ...{ project, metadata, createdAt, status: "active" },
      expiresAt: expiryOf(createdAt, expiresAfterDays),
      body: { name, description, expiresAfterDays, lastActiveAt: createdAt.toISOString(), revision: 0 },
    });
    await this.#add(project, store.id, rows);
    return store;
  }

  /** Makes a store that has an id from elsewhere, unless there is one of that id. @returns whether it is new */
  async adopt(
    project: string,
    { id, createdAt, ...fields }: VectorStoreFields & { id: string; createdAt: Date },
  ): Promise<boolean> {
    const { name = null, description = null, expiresAfterDays = null, metadata } = fields;
    const now = new Date();
    return await this.#rows.insertKnown({
      ...{ id, project, metadata, createdAt, status: "active", expiresAt: expiryOf(now, expiresAfterDays) },
      body: { name, description, expiresAfterDays, lastActiveAt: now.toISOString(), revision: 0 },
    });
  }

  async hasFile(project: string, storeId: string, fileId: string): Promise<boolean> {
    return (await this.#fileRows.findByKey(project, fileId, storeId)) !== undefined;
  }

  /** @throws {NotFoundError} */
  async get(project: string, id: string): Promise<StoredVectorStore> {
    return expiredIfOver(await this.#rows.get(project, id));
  }

  async page(project: string, query: PageQuery): Promise<Page<StoredVectorStore>> {
    const { data, hasMore } = await this.#rows.page(project, query);
    return { data: data.map(expiredIfOver), hasMore };
  }

  async update(project: string, id: string, fields: VectorStoreFields): Promise<StoredVectorStore> {
    return await this.#rows.update(project, id, ({ body }) => {
      const now = new Date();
      const { expiresAfterDays = body.expiresAfterDays, name = body.name, metadata } = fields;
      return {
        ...(metadata ? { metadata } : {}),
        expiresAt: expiryOf(now, expiresAfterDays),
        body: { name, expiresAfterDays, lastActiveAt: now.toISOString() },
      };
    });
  }

  async remove(project: string, id: string): Promise<void> {
    await this.#rows.remove(project, id);
    await this.#store.db.delete(chunks).where(eq(chunks.storeId, id));
    this.#indexes.delete(id);
  }

  /** How many files in which state, and how much they hold, of each store; of one batch, when it is named. */
  async usage(ids: readonly string[], { batchId }: { batchId?: string } = {}): Promise<Map<string, StoreUsage>> {
    const usage = new Map(ids.map((id) => [id, { counts: noFiles(), usageBytes: 0 }]));
    if (ids.length === 0) return usage;
    const rows = await this.#store.db
      .select({
        id: objects.parentId,
        status: objects.status,
        count: sql<number>`count(*)::int`,
        usageBytes: sql<number>`coalesce(sum((${objects.body}->>'usageBytes')::bigint), 0)::float8`,
      })
      .from(objects)
      .where(
        and(
          eq(objects.kind, "vector_store_file"),
          inArray(objects.parentId, [...ids]),
          isNull(objects.deletedAt),
          batchId === undefined ? undefined : sql`${objects.body}->>'batchId' = ${batchId}`,
        ),
      )
      .groupBy(objects.parentId, objects.status);
    for (const { id, status, count, usageBytes } of rows) {
      const entry = usage.get(id)!;
      entry.counts[status as keyof FileCounts] += count;
      entry.counts.total += count;
      entry.usageBytes += usageBytes;
    }
    return usage;
  }

  /** Puts one file in a store; one that is there already is read anew. */
  async addFile(project: string, id: string, file: FileToAdd): Promise<StoredVectorStoreFile> {
    requireUsable(await this.get(project, id));
    const [row] = await this.#add(project, id, await this.#rowsFor(project, [file]));
    return row!;
  }

  async addBatch(project: string, id: string, files: readonly FileToAdd[]): Promise<StoredVectorStoreBatch> {
    requireUsable(await this.get(project, id));
    const rows = await this.#rowsFor(project, files);
    const batch = await this.#batches.insert({
      project,
      parentId: id,
      status: "open",
      body: { fileCount: rows.length },
    });
    await this.#add(project, id, rows, batch.id);
    return batch;
  }

  async getBatch(project: string, storeId: string, id: string): Promise<StoredVectorStoreBatch> {
    await this.get(project, storeId);
    return await this.#batches.get(project, id, { parentId: storeId });
  }

  /** Leaves the files of a batch that are not yet read out. */
  async cancelBatch(project: string, storeId: string, id: string): Promise<StoredVectorStoreBatch> {
    await this.getBatch(project, storeId, id);
    const open: Match = { parentId: storeId, status: "in_progress", body: { batchId: id } };
    for await (const row of this.#fileRows.all(project, open)) {
      const cancel = ({ status }: StoredVectorStoreFile) =>
        status === "in_progress" ? { status: "cancelled" } : undefined;
      await this.#fileRows.update(project, row.id, cancel);
    }
    return await this.#batches.update(project, id, { status: "cancelled" });
  }

  async getFile(project: string, storeId: string, fileId: string): Promise<StoredVectorStoreFile> {
    await this.get(project, storeId);
    const row = await this.#fileRows.findByKey(project, fileId, storeId);
    // The answer is that of an unknown id, which it is in this store.
    return row ?? (await this.#fileRows.get(project, fileId, { parentId: storeId }));
  }

  async filePage(
    project: string,
    storeId: string,
    query: PageQuery,
    { status, batchId }: { status?: string; batchId?: string } = {},
  ): Promise<Page<StoredVectorStoreFile>> {
    if (batchId !== undefined) await this.getBatch(project, storeId, batchId);
    else await this.get(project, storeId);
    const body = batchId === undefined ? undefined : { batchId };
    return await this.#fileRows.page(project, query, { parentId: storeId, status, body });
  }

  async setAttributes(
    project: string,
    storeId: string,
    fileId: string,
    attributes: Attributes,
  ): Promise<StoredVectorStoreFile> {
    const { id } = await this.getFile(project, storeId, fileId);
    const row = await this.#fileRows.update(project, id, { body: { attributes } });
    await this.#changed(project, storeId);
    return row;
  }

  async removeFile(project: string, storeId: string, fileId: string): Promise<void> {
    const { id } = await this.getFile(project, storeId, fileId);
    await this.#fileRows.remove(project, id);
    await this.#store.db.delete(chunks).where(eq(chunks.storeFileId, id));
    await this.#changed(project, storeId);
  }

  /** The text that was read from a file, put together again from its chunks. */
  async fileText(project: string, storeId: string, fileId: string): Promise<string> {
    const { id } = await this.getFile(project, storeId, fileId);
    const rows = await this.#store.db
      .select({ start: chunks.start, text: chunks.text })
      .from(chunks)
      .where(eq(chunks.storeFileId, id))
      .orderBy(asc(chunks.ordinal));
    let text = "";
    let end = 0;
    for (const { start, text: part } of rows) {
      text += start > end && end > 0 ? `\n${part}` : part.slice(Math.max(0, end - start));
      end = Math.max(end, start + part.length);
    }
    return text;
  }

  /** @throws {StateError} when the store has outlived its time. */
  async search(project: string, id: string, request: SearchRequest): Promise<VectorStoreHit[]> {
    const store = requireUsable(await this.get(project, id));
    await this.#touch(store);
    const index = this.#indexOf(id);
    const { filter, threshold = 0, ...rest } = request;
    await index.sync(store.body.revision, async () => {
      const files: StoredVectorStoreFile[] = [];
      for await (const file of this.#fileRows.all(project, { parentId: id, status: "completed" })) files.push(file);
      return files;
    });
    const allows = filter && ((file: StoredVectorStoreFile) => meets(file.body.attributes, filter));
    return await index.search(rest.queries, { ...rest, threshold, allows });
  }

  /** For the work that reads files. */
  async findFileRow(project: string, storeId: string, rowId: string): Promise<StoredVectorStoreFile | undefined> {
    return await this.#fileRows.find(project, rowId, { parentId: storeId });
  }

  /** How the reading of a file ended. What was cancelled or taken out meanwhile stays so, and its chunks go. */
  async settleFile(
    project: string,
    storeId: string,
    rowId: string,
    { status, usageBytes = 0, lastError = null }: { status: "completed" | "failed" } & Partial<VectorStoreFileBody>,
  ): Promise<void> {
    const row = await this.#fileRows.find(project, rowId, { parentId: storeId });
    const settled =
      row &&
      (await this.#fileRows.update(project, rowId, (current) =>
        current.status === "in_progress" ? { status, body: { usageBytes, lastError } } : undefined,
      ));
    if (settled?.status === status) return await this.#changed(project, storeId);
    await this.#store.db.delete(chunks).where(eq(chunks.storeFileId, rowId));
  }

  /** Takes away the files of stores that have outlived their time; the stores stay, as `expired`. */
  async sweep(): Promise<void> {
    for (const { id, project } of await this.#rows.expired()) {
      await this.#store.db.delete(chunks).where(eq(chunks.storeId, id));
      await this.#rows.update(project, id, () => ({ status: "expired", expiresAt: null }));
      this.#indexes.delete(id);
    }
  }

  async #rowsFor(project: string, files: readonly FileToAdd[]): Promise<VectorStoreFileBody[]> {
    const rows = new Map<string, VectorStoreFileBody>();
    for (const { fileId, attributes = {}, chunking = { type: "auto" } as ChunkingStrategy } of files) {
      const file = await this.#files.getFor(project, fileId, { name: "file_id" });
      rows.set(fileId, { fileId, filename: file.body.filename, attributes, chunking, usageBytes: 0, lastError: null });
    }
    return [...rows.values()];
  }

  async #add(
    project: string,
    storeId: string,
    bodies: readonly VectorStoreFileBody[],
    batchId?: string,
  ): Promise<StoredVectorStoreFile[]> {
    if (bodies.length === 0) return [];
    const kind = { name: ingestKindName, parse: (value: unknown) => value };
    const rows = await startWorkWith(this.#store, kind, async (tx, start) => {
      const added = await this.#insert(tx, project, storeId, bodies, batchId);
      const input: IngestInput = { project, storeId, rowIds: added.map(({ id }) => id) };
      await start(input, { owner: project });
      return added;
    });
    await this.#changed(project, storeId);
    return rows;
  }

  /** In place of rows of the same files. */
  async #insert(
    tx: Database,
    project: string,
    storeId: string,
    bodies: readonly VectorStoreFileBody[],
    batchId: string | undefined,
  ): Promise<StoredVectorStoreFile[]> {
    const fileRows = this.#fileRows.in(tx);
    const rows: StoredVectorStoreFile[] = [];
    for (const body of bodies) {
      const known = await fileRows.findByKey(project, body.fileId, storeId);
      if (known) await fileRows.remove(project, known.id);
      const object = {
        project,
        parentId: storeId,
        key: body.fileId,
        status: "in_progress",
        body: { ...body, batchId },
      };
      rows.push((await fileRows.insertOnce(object)).row);
    }
    return rows;
  }

  async #removeEverywhere(project: string, fileId: string): Promise<void> {
    const rows = await this.#store.db
      .select({ id: objects.id, storeId: objects.parentId })
      .from(objects)
      .where(
        and(
          eq(objects.kind, "vector_store_file"),
          eq(objects.project, project),
          eq(objects.key, fileId),
          isNull(objects.deletedAt),
        ),
      );
    for (const { storeId } of rows) await this.removeFile(project, storeId, fileId);
  }

  async #changed(project: string, storeId: string): Promise<void> {
    await this.#rows.update(project, storeId, ({ body }) => {
      const now = new Date();
      return {
        expiresAt: expiryOf(now, body.expiresAfterDays),
        body: { revision: body.revision + 1, lastActiveAt: now.toISOString() },
      };
    });
  }

  async #touch({ project, id, body }: StoredVectorStore): Promise<void> {
    const now = new Date();
    if (now.getTime() - Date.parse(body.lastActiveAt) < touchMs) return;
    const expiresAt = expiryOf(now, body.expiresAfterDays);
    await this.#rows.update(project, id, { expiresAt, body: { lastActiveAt: now.toISOString() } });
  }

  #indexOf(id: string): StoreIndex {
    const index = this.#indexes.get(id) ?? new StoreIndex(this.#store.db as Database, this.#embedder());
    this.#indexes.delete(id);
    this.#indexes.set(id, index);
    for (const [oldest] of this.#indexes) {
      if (this.#indexes.size <= indexesKept) break;
      this.#indexes.delete(oldest);
    }
    return index;
  }
}

function noFiles(): FileCounts {
  return { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 };
}
