import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { InputError, NotFoundError, ProgressMeter, throwIfCancelled } from "@loam/core";
import { RowTable } from "@loam/search";
import {
  catalogueItems,
  catalogueMaps,
  catalogueRatings,
  catalogues,
  catalogueVectors,
  newId,
  type Store,
} from "@loam/store";
import { and, eq, lt, sql } from "drizzle-orm";
import {
  type CatalogueItem,
  type CatalogueReading,
  nothingSkipped,
  catalogueItems as readItems,
} from "../items/catalogue.ts";
import { blockItems, packItems } from "../items/item-list.ts";
import { ratingRows } from "../items/ratings.ts";
import type { AddCatalogueOptions } from "./catalogues-types.ts";

type Db = Store["db"];
type CatalogueRow = typeof catalogues.$inferSelect;

/** Readers written at a time. */
const readerBatch = 500;

/**
 * Imports a file of items under a name, unless exactly this is there.
 *
 * @throws {InputError} `no_catalogue_name`.
 */
export async function importItems(db: Db, path: string, options: AddCatalogueOptions): Promise<CatalogueRow> {
  const { columns, signal, onProgress, fileName = basename(path) } = options;
  const name = (options.name ?? plainName(fileName)).trim();
  if (name === "") throw new InputError("no_catalogue_name", "The catalogue has no name.", { hint: "give it a name" });
  const contentHash = await hashOf(path, JSON.stringify(columns ?? {}), signal);
  const [known] = await db.select().from(catalogues).where(eq(catalogues.name, name));
  if (known && known.contentHash === contentHash && known.version > 0) return known;
  const reading: CatalogueReading = { columns: {}, skipped: nothingSkipped() };
  const facts = { fileName, contentHash, skipped: reading.skipped };
  const { id, version } = await beginImport(db, { name, ...facts });
  const own = and(eq(catalogueItems.catalogueId, id), eq(catalogueItems.version, version));
  const meter = new ProgressMeter(onProgress, { task: "import", label: name, unit: "item" });
  let items = 0;
  let block: CatalogueItem[] = [];
  const write = async () => {
    const ordinal = Math.floor((items - 1) / blockItems);
    await db
      .insert(catalogueItems)
      .values({ catalogueId: id, version, ordinal, itemCount: block.length, items: packItems(block) });
    meter.advance(block.length);
    block = [];
  };
  try {
    for await (const item of readItems(path, { columns, signal, reading, name: fileName })) {
      items++;
      if (block.push(item) === blockItems) await write();
    }
    if (block.length > 0) await write();
  } catch (error) {
    await db.delete(catalogueItems).where(own);
    throw error;
  }
  return await db.transaction(async (tx) => {
    const [live] = await tx.select().from(catalogues).where(eq(catalogues.id, id)).for("update");
    if (!live) throw new NotFoundError("catalogue", name, { hint: "it was removed while it was imported" });
    // One that began later is there already: this one is out of date before it was ever seen.
    if (live.version > version) {
      await tx.delete(catalogueItems).where(own);
      return live;
    }
    // What began later and is still being written is not ours to remove.
    for (const table of [catalogueItems, catalogueVectors, catalogueMaps])
      await tx.delete(table).where(and(eq(table.catalogueId, id), lt(table.version, version)));
    const [row] = await tx
      .update(catalogues)
      .set({ ...facts, version, itemCount: items, columns: reading.columns as Record<string, readonly string[]> })
      .where(eq(catalogues.id, id))
      .returning();
    return row!;
  });
}

/** Takes the next number of an import under this name; nobody else writes under it. */
async function beginImport(
  db: Db,
  facts: Pick<CatalogueRow, "name" | "fileName" | "contentHash" | "skipped">,
): Promise<{ id: string; version: number }> {
  await db
    .insert(catalogues)
    .values({ id: newId("cat"), ...facts, columns: {} })
    .onConflictDoNothing({ target: catalogues.name });
  const [row] = await db
    .update(catalogues)
    .set({ lastImport: sql`greatest(${catalogues.lastImport}, ${catalogues.version}) + 1` })
    .where(eq(catalogues.name, facts.name))
    .returning({ id: catalogues.id, version: catalogues.lastImport });
  // It was removed between the two statements.
  return row ?? (await beginImport(db, facts));
}

/** Imports a file of ratings in the place of the one before, unless it is the same. */
export async function importRatings(
  db: Db,
  catalogue: CatalogueRow,
  path: string,
  {
    ids,
    signal,
    onProgress,
  }: { ids: Iterable<string>; signal?: AbortSignal } & Pick<AddCatalogueOptions, "onProgress">,
): Promise<void> {
  // The items belong to it: with others, other ratings are of unknown items.
  const contentHash = await hashOf(path, catalogue.contentHash, signal);
  if (catalogue.ratings?.contentHash === contentHash) return;
  const known = new RowTable();
  let row = 0;
  for (const id of ids) known.add(id, row++);
  const byReader = new Map<string, [item: string, rating: number | null][]>();
  const counts = { ratings: 0, unknownItems: 0, badRows: 0, highest: 0 };
  const meter = new ProgressMeter(onProgress, { task: "import", label: basename(path), unit: "rating" });
  for await (const { rating } of ratingRows(path, { signal, onBadRow: () => counts.badRows++ })) {
    meter.advance();
    if (!rating) counts.badRows++;
    else if (known.get(rating.item) === undefined) counts.unknownItems++;
    else {
      counts.ratings++;
      counts.highest = Math.max(counts.highest, rating.value ?? 0);
      const own = byReader.get(rating.user);
      if (own) own.push([rating.item, rating.value ?? null]);
      else byReader.set(rating.user, [[rating.item, rating.value ?? null]]);
    }
  }
  const catalogueId = catalogue.id;
  await db.transaction(async (tx) => {
    // Two imports of ratings take turns.
    await tx.select({ id: catalogues.id }).from(catalogues).where(eq(catalogues.id, catalogueId)).for("update");
    await tx.delete(catalogueRatings).where(eq(catalogueRatings.catalogueId, catalogueId));
    let batch: (typeof catalogueRatings.$inferInsert)[] = [];
    for (const [reader, ratings] of byReader) {
      throwIfCancelled(signal, "importing the ratings");
      batch.push({ catalogueId, reader, ratings });
      if (batch.length < readerBatch) continue;
      await tx.insert(catalogueRatings).values(batch);
      batch = [];
    }
    if (batch.length > 0) await tx.insert(catalogueRatings).values(batch);
    const ratings = { fileName: basename(path), contentHash, readers: byReader.size, ...counts };
    await tx.update(catalogues).set({ ratings }).where(eq(catalogues.id, catalogueId));
  });
}

/** "books.csv.gz" is called "books". */
function plainName(fileName: string): string {
  return fileName.replace(/\.gz$/i, "").replace(/\.[a-z]+$/i, "");
}

async function hashOf(path: string, with_: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256").update(with_);
  await stat(path).catch((cause) => {
    throw new NotFoundError("file", path, { cause, hint: "check the path" });
  });
  for await (const part of createReadStream(path)) {
    throwIfCancelled(signal, `reading ${path}`);
    hash.update(part as Uint8Array);
  }
  return hash.digest("hex");
}
