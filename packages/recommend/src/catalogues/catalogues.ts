import { ArgumentError, NotFoundError, nearestName, ProgressMeter, throwIfCancelled } from "@loam/core";
import type { Embedder } from "@loam/models";
import {
  catalogueFeedback,
  catalogueItems,
  catalogueMaps,
  catalogueRatings,
  catalogues,
  catalogueVectors,
  type Store,
} from "@loam/store";
import { and, asc, desc, eq, gt, or, sql } from "drizzle-orm";
import { type CompareRankingsOptions, compareRankings, type RankingComparison } from "../evaluate/compare-rankings.ts";
import { nothingSkipped } from "../items/catalogue.ts";
import { unpackItems } from "../items/item-list.ts";
import { itemSentence } from "../items/item-terms.ts";
import type { Rating } from "../items/ratings.ts";
import { addPacked, ItemVectors, packVectors } from "../model/item-vectors.ts";
import { assembleRecommender } from "../recommender/open-recommender.ts";
import type { FeedbackKind, Recommender } from "../recommender/recommender-types.ts";
import { importItems, importRatings } from "./catalogue-import.ts";
import { type CatalogueMap, layOutMap, packMap, unpackMap } from "./catalogue-map.ts";
import type { AddCatalogueOptions, CatalogueRecord, Catalogues, OpenCatalogueOptions } from "./catalogues-types.ts";
import { KeptCatalogue, removeKept } from "./kept-catalogue.ts";

type CatalogueRow = typeof catalogues.$inferSelect;

/** Texts embedded at a time. */
const embedBatch = 64;
/** Blocks or readers read from the database at a time. */
const readBatch = 64;
const readerBatch = 5_000;
/** Recommenders that are kept open, those asked last. */
const keptOpen = 4;

/** Catalogues of a store. Several processes may use the same: each sees the others' imports and feedback. */
export function openCatalogues({ store }: { store: Pick<Store, "db" | "blobs" | "home"> }): Catalogues {
  return new StoredCatalogues(store);
}

class StoredCatalogues implements Catalogues {
  readonly #store: Pick<Store, "db" | "blobs" | "home">;
  readonly #open = new Map<string, Promise<Recommender>>();

  constructor(store: Pick<Store, "db" | "blobs" | "home">) {
    this.#store = store;
  }

  async list(): Promise<CatalogueRecord[]> {
    const { db } = this.#store;
    const rows = await db
      .select()
      .from(catalogues)
      .where(gt(catalogues.version, 0))
      .orderBy(desc(catalogues.createdAt));
    return await Promise.all(rows.map((row) => this.#record(row)));
  }

  async get(name: string): Promise<CatalogueRecord> {
    return await this.#record(await this.#row(name));
  }

  async add(path: string, options: AddCatalogueOptions = {}): Promise<CatalogueRecord> {
    const { db } = this.#store;
    const row = await importItems(db, path, options);
    if (options.ratings !== undefined) {
      const ids = (await this.#items(row)).map(({ id }) => id);
      await importRatings(db, row, options.ratings, { ...options, ids });
    }
    return await this.get(row.id);
  }

  async embed(
    name: string,
    embedder: Embedder,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: AddCatalogueOptions["onProgress"] } = {},
  ): Promise<CatalogueRecord> {
    const { db } = this.#store;
    const row = await this.#row(name);
    const { id, version } = row;
    const done = await this.#embeddedBlocks(row, embedder.id);
    const meter = new ProgressMeter(onProgress, {
      task: "embed",
      label: row.name,
      unit: "item",
      total: row.itemCount,
      done: done.reduce((sum, { itemCount }) => sum + itemCount, 0),
    });
    const has = new Set(done.map(({ ordinal }) => ordinal));
    for await (const { ordinal, items } of this.#blocks(row)) {
      if (has.has(ordinal)) continue;
      const texts = unpackItems(items).map(itemSentence);
      const vectors: Float32Array[] = [];
      for (let i = 0; i < texts.length; i += embedBatch) {
        throwIfCancelled(signal, "embedding the catalogue");
        const batch = texts.slice(i, i + embedBatch);
        vectors.push(...(await embedder.embed(batch, { signal })));
        meter.advance(batch.length);
      }
      await db
        .insert(catalogueVectors)
        .values({
          ...{ catalogueId: id, version, embedder: embedder.id, ordinal },
          ...{ itemCount: vectors.length, dims: vectors[0]!.length, vectors: packVectors(vectors) },
        })
        .onConflictDoNothing(); // another process was at it too
    }
    return await this.get(id);
  }

  async open(name: string, options: OpenCatalogueOptions = {}): Promise<Recommender> {
    const row = await this.#row(name);
    const { embedder, collaborativeWeight, collaborativeItems } = options;
    const embedded = embedder ? await this.#embeddedBlocks(row, embedder.id) : [];
    const complete = embedded.reduce((sum, { itemCount }) => sum + itemCount, 0) === row.itemCount;
    const key = JSON.stringify([
      ...[row.id, row.version, row.ratings?.contentHash, complete && embedder?.id],
      ...[collaborativeWeight, collaborativeItems],
    ]);
    let opening = this.#open.get(key);
    if (!opening) {
      opening = this.#openRow(row, { ...options, embedder: complete ? embedder : undefined });
      opening.catch(() => this.#open.delete(key));
    }
    this.#open.delete(key);
    this.#open.set(key, opening);
    if (this.#open.size > keptOpen) this.#open.delete(this.#open.keys().next().value!);
    const recommender = await opening;
    await this.#replayFeedback(row, recommender);
    return recommender;
  }

  async giveFeedback(
    name: string,
    item: string,
    kind: FeedbackKind,
    { reader = "" }: { reader?: string } = {},
  ): Promise<void> {
    const { db } = this.#store;
    const recommender = await this.open(name);
    const { id: catalogueId } = await this.#row(name);
    const { id } = recommender.item(item);
    const one = and(
      eq(catalogueFeedback.catalogueId, catalogueId),
      eq(catalogueFeedback.reader, reader),
      eq(catalogueFeedback.item, id),
    );
    if (kind === "clear") await db.delete(catalogueFeedback).where(one);
    else {
      await db
        .insert(catalogueFeedback)
        .values({ catalogueId, reader, item: id, kind })
        .onConflictDoUpdate({
          target: [catalogueFeedback.catalogueId, catalogueFeedback.reader, catalogueFeedback.item],
          set: { kind, updatedAt: sql`now()` },
        });
    }
  }

  async feedback(name: string, { reader = "" }: { reader?: string } = {}) {
    const { id } = await this.#row(name);
    const { item, kind, updatedAt } = catalogueFeedback;
    return await this.#store.db
      .select({ item, kind, updatedAt })
      .from(catalogueFeedback)
      .where(and(eq(catalogueFeedback.catalogueId, id), eq(catalogueFeedback.reader, reader)))
      .orderBy(desc(updatedAt), asc(item));
  }

  async map(name: string, options: OpenCatalogueOptions = {}): Promise<CatalogueMap> {
    const { db } = this.#store;
    const row = await this.#row(name);
    const recommender = await this.open(name, options);
    const { described, items, embedder } = recommender.report;
    // Where little but titles is known, meaning places an item better than its words.
    const vectors = described * 2 < items ? recommender.vectors : undefined;
    const method = `umap ${vectors ? embedder : "features"}`;
    const one = and(
      eq(catalogueMaps.catalogueId, row.id),
      eq(catalogueMaps.version, row.version),
      eq(catalogueMaps.method, method),
    );
    const [known] = await db.select().from(catalogueMaps).where(one);
    if (known) return unpackMap(known);
    const map = await layOutMap(recommender.items, { ...options, vectors });
    await db
      .insert(catalogueMaps)
      .values({ catalogueId: row.id, version: row.version, method, ...packMap(map) })
      .onConflictDoNothing();
    return map;
  }

  async remove(name: string): Promise<void> {
    const { db, blobs } = this.#store;
    const { id } = await this.#row(name);
    await db.delete(catalogues).where(eq(catalogues.id, id));
    for await (const key of blobs.list(blobFolder(id))) await blobs.delete(key);
    await removeKept(this.#store.home, id);
    for (const key of this.#open.keys()) if (key.includes(id)) this.#open.delete(key);
  }

  async compareRankings(name: string, options: CompareRankingsOptions = {}): Promise<RankingComparison> {
    const row = await this.#row(name);
    const { items, index, readers } = await this.#kept(row, options);
    if (readers) return await compareRankings({ items, features: index.features, readers }, options);
    throw new ArgumentError(
      "catalogue",
      row.name,
      "one with ratings",
      "`loam catalogue add books.csv --ratings ratings.csv` imports them",
    );
  }

  async #openRow(row: CatalogueRow, options: OpenCatalogueOptions): Promise<Recommender> {
    const { blobs, home } = this.#store;
    const { embedder } = options;
    const kept = await this.#kept(row, options);
    const vectors =
      embedder && (await new KeptCatalogue(home, row).vectors(embedder, () => this.#vectors(row, embedder)));
    const modelKey = `${blobFolder(row.id)}item-model-3-${row.ratings?.contentHash}-${options.collaborativeItems ?? "default"}`;
    return await assembleRecommender(
      { ...kept, vectors },
      {
        ...options,
        modelCache: {
          get: async () => ((await blobs.exists(modelKey)) ? await blobs.get(modelKey) : undefined),
          put: (weights) => blobs.put(modelKey, weights),
        },
      },
    );
  }

  /** Items, their index, and readers where there are ratings. */
  async #kept(row: CatalogueRow, options: Pick<OpenCatalogueOptions, "signal" | "onProgress">) {
    const kept = new KeptCatalogue(this.#store.home, row);
    const read = async () => {
      const packed: Uint8Array[] = [];
      for await (const block of this.#blocks(row)) packed.push(block.items);
      return packed;
    };
    const { items, index } = await kept.items(read, options);
    const rowOf = (id: string) => index.rowOfId(id);
    const { ratings } = row;
    const readers = ratings && (await kept.readers(() => this.#ratings(row.id), { ...ratings, rowOf }));
    return { items, index, readers: readers ?? undefined };
  }

  /** The blocks of a catalogue in order. */
  async *#blocks({ id, version }: CatalogueRow): AsyncGenerator<{ ordinal: number; items: Uint8Array }> {
    for (let from = 0; ; from += readBatch) {
      const blocks = await this.#store.db
        .select({ ordinal: catalogueItems.ordinal, items: catalogueItems.items })
        .from(catalogueItems)
        .where(
          and(
            eq(catalogueItems.catalogueId, id),
            eq(catalogueItems.version, version),
            sql`${catalogueItems.ordinal} >= ${from} and ${catalogueItems.ordinal} < ${from + readBatch}`,
          ),
        )
        .orderBy(asc(catalogueItems.ordinal));
      yield* blocks;
      if (blocks.length < readBatch) return;
    }
  }

  async #items(row: CatalogueRow) {
    const items = [];
    for await (const block of this.#blocks(row)) items.push(...unpackItems(block.items));
    return items;
  }

  async #vectors({ id, version, itemCount }: CatalogueRow, embedder: Embedder): Promise<ItemVectors> {
    let vectors: ItemVectors | undefined;
    for (let from = 0; (vectors?.size ?? 0) < itemCount; from += readBatch) {
      const blocks = await this.#store.db
        .select()
        .from(catalogueVectors)
        .where(
          and(
            eq(catalogueVectors.catalogueId, id),
            eq(catalogueVectors.version, version),
            eq(catalogueVectors.embedder, embedder.id),
            sql`${catalogueVectors.ordinal} >= ${from} and ${catalogueVectors.ordinal} < ${from + readBatch}`,
          ),
        )
        .orderBy(asc(catalogueVectors.ordinal));
      for (const { dims, vectors: packed, itemCount: count } of blocks) {
        vectors ??= new ItemVectors(dims);
        addPacked(vectors, packed, count);
      }
    }
    return vectors!;
  }

  async #ratings(id: string): Promise<Rating[]> {
    const ratings: Rating[] = [];
    for (let last: string | undefined; ; ) {
      const readers = await this.#store.db
        .select({ reader: catalogueRatings.reader, ratings: catalogueRatings.ratings })
        .from(catalogueRatings)
        .where(
          and(eq(catalogueRatings.catalogueId, id), last === undefined ? undefined : gt(catalogueRatings.reader, last)),
        )
        .orderBy(asc(catalogueRatings.reader))
        .limit(readerBatch);
      for (const { reader, ratings: own } of readers)
        for (const [item, value] of own) ratings.push({ user: reader, item, value: value ?? undefined });
      last = readers.at(-1)?.reader;
      if (readers.length < readerBatch) return ratings;
    }
  }

  async #embeddedBlocks({ id, version }: CatalogueRow, embedder: string) {
    const { ordinal, itemCount } = catalogueVectors;
    return await this.#store.db
      .select({ ordinal, itemCount })
      .from(catalogueVectors)
      .where(
        and(
          eq(catalogueVectors.catalogueId, id),
          eq(catalogueVectors.version, version),
          eq(catalogueVectors.embedder, embedder),
        ),
      );
  }

  /** What is said of items here and in other processes, in the order it was said. */
  async #replayFeedback({ id }: CatalogueRow, recommender: Recommender): Promise<void> {
    const given = await this.#store.db
      .select()
      .from(catalogueFeedback)
      .where(eq(catalogueFeedback.catalogueId, id))
      .orderBy(asc(catalogueFeedback.updatedAt));
    recommender.setFeedback(given.map(({ reader, item, kind }) => ({ user: reader, item, kind })));
  }

  async #row(name: string): Promise<CatalogueRow> {
    const { db } = this.#store;
    const [row] = await db
      .select()
      .from(catalogues)
      .where(and(or(eq(catalogues.id, name), eq(catalogues.name, name)), gt(catalogues.version, 0)));
    if (row) return row;
    const known = (await db.select({ name: catalogues.name }).from(catalogues)).map((one) => one.name);
    const near = nearestName(name, known);
    throw new NotFoundError("catalogue", name, {
      hint: near
        ? `did you mean ${JSON.stringify(near)}?`
        : "`loam catalogue ls` lists them, `loam catalogue add FILE` adds one",
    });
  }

  async #record({ id, version, itemCount, ratings, ...row }: CatalogueRow): Promise<CatalogueRecord> {
    const { embedder } = catalogueVectors;
    const embedded = await this.#store.db
      .select({ embedder, items: sql<number>`sum(${catalogueVectors.itemCount})::int` })
      .from(catalogueVectors)
      .where(and(eq(catalogueVectors.catalogueId, id), eq(catalogueVectors.version, version)))
      .groupBy(embedder);
    const { contentHash: _hash, highest: _highest, ...counts } = ratings ?? { contentHash: "", highest: 0 };
    return {
      id,
      name: row.name,
      fileName: row.fileName,
      items: itemCount,
      skipped: { ...nothingSkipped(), ...row.skipped },
      columns: row.columns,
      ...(ratings ? { ratings: counts as CatalogueRecord["ratings"] } : {}),
      embedded: Object.fromEntries(embedded.map((one) => [one.embedder, one.items])),
      createdAt: row.createdAt,
    };
  }
}

const blobFolder = (id: string): string => `catalogues/${id}/`;
