import { createHash } from "node:crypto";
import { ArgumentError, NotFoundError, type OnProgress, throwIfCancelled } from "@loam/core";
import { documents, extractedDocuments, extractedRows, extractions, newId, type Store } from "@loam/store";
import { and, asc, count, desc, eq, isNull, ne, sql } from "drizzle-orm";
import type { Library } from "../../library/types.ts";
import type { ExtractedRow } from "../extract.ts";
import { readExtractSchema } from "../extract-schema.ts";
import type { ExtractRecord } from "../find-records.ts";
import { correctedCell } from "./corrected-cell.ts";
import type { ExtractionRecord, ReviewedCell, ReviewedRow, RowReview } from "./kept-types.ts";

type Corrections = Record<string, ReviewedCell | null>;

interface StartExtraction {
  schema: Record<string, unknown>;
  /** All that are ready when left out. */
  documents?: readonly string[];
  /** Whether the chat model fills what labels and tables leave open. */
  model?: boolean;
  name?: string;
}

interface RunOptions {
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Extractions that are kept: broken off, they go on; read, they are reviewed and corrected. */
export interface Extractions {
  /**
   * The extraction of these fields from these documents: the one that was broken off, or a new one.
   *
   * @throws {ArgumentError} for a schema that cannot be extracted, {NotFoundError} for a document that is not there.
   */
  start(asked: StartExtraction): Promise<ExtractionRecord>;
  /** Reads the documents that are still open; each is kept as soon as it is read. */
  run(id: string, options?: RunOptions): Promise<ExtractionRecord>;
  /** The latest first. */
  list(): Promise<ExtractionRecord[]>;
  /** @throws {NotFoundError} */
  get(id: string): Promise<ExtractionRecord>;
  rows(id: string, page?: { offset?: number; limit?: number }): Promise<ReviewedRow[]>;
  /** @throws {ArgumentError} for a field that is not asked for, or a value that does not fit it. */
  review(id: string, row: { document: string; ordinal: number }, said: RowReview): Promise<ReviewedRow>;
  remove(id: string): Promise<void>;
}

/** Opens the extractions that lie in a library's store. */
export function openExtractions(context: { store: Store; library: Library }): Extractions {
  return {
    start: (asked) => start(context, asked),
    run: (id, options = {}) => run(context, id, options),
    list: () => records(context.store),
    get: (id) => record(context.store, id),
    rows: (id, page) => rowsOf(context.store, id, page),
    review: (id, row, said) => review(context, { id, ...row }, said),
    remove: async (id) => {
      await record(context.store, id);
      await context.store.db.delete(extractions).where(eq(extractions.id, id));
    },
  };
}

type Context = Parameters<typeof openExtractions>[0];

async function start({ store, library }: Context, { schema, model = true, ...asked }: StartExtraction) {
  const { fields } = readExtractSchema(schema);
  const all =
    asked.documents ??
    (await library.documents())
      .filter(({ status }) => status === "ready")
      .map(({ id }) => id)
      .reverse();
  const ids = [...new Set(all)];
  for (const id of ids) await library.document(id);
  const key = createHash("sha256")
    .update(JSON.stringify([schema, ids, model]))
    .digest("hex");
  const [open] = await store.db
    .select({ id: extractions.id })
    .from(extractions)
    .where(and(eq(extractions.key, key), isNull(extractions.finishedAt)))
    .orderBy(desc(extractions.createdAt))
    .limit(1);
  if (open) return await record(store, open.id);
  const id = newId("ext");
  const name =
    asked.name?.trim() ||
    fields
      .slice(0, 4)
      .map(({ name }) => name)
      .join(", ");
  await store.db
    .insert(extractions)
    .values({ id, name: name.slice(0, 200), key, schema: JSON.stringify(schema), documents: ids, usesModel: model });
  return await record(store, id);
}

async function run({ store, library }: Context, id: string, { signal, onProgress }: RunOptions) {
  const [kept] = await store.db.select().from(extractions).where(eq(extractions.id, id));
  if (!kept) throw missing(id);
  const read = await store.db
    .select({ id: extractedDocuments.documentId })
    .from(extractedDocuments)
    .where(eq(extractedDocuments.extractionId, id));
  const done = new Set(read.map(({ id }) => id));
  const ids = kept.documents as string[];
  for (const [at, document] of ids.entries()) {
    throwIfCancelled(signal, "extracting");
    onProgress?.({ task: "extract", unit: "document", done: at, total: ids.length });
    if (done.has(document)) continue;
    const rows = await rowsIn(library, document, { schema: JSON.parse(kept.schema), model: kept.usesModel, signal });
    if (rows) await keep(store, id, { document, rows });
  }
  await store.db.update(extractions).set({ finishedAt: sql`now()` }).where(eq(extractions.id, id));
  await dropUnreviewed(store, { id, key: kept.key });
  return await record(store, id);
}

/** Undefined for a document that was removed meanwhile. */
async function rowsIn(
  library: Library,
  document: string,
  { schema, ...options }: { schema: unknown; model: boolean; signal?: AbortSignal },
): Promise<ExtractedRow[] | undefined> {
  const rows: ExtractedRow[] = [];
  try {
    for await (const row of library.extract(schema, { documents: [document], ...options })) rows.push(row);
    return rows;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The rows of a document and that it was read, both or neither; who reads the same twice writes once. */
async function keep(
  store: Store,
  extractionId: string,
  { document, rows }: { document: string; rows: ExtractedRow[] },
) {
  await store.db.transaction(async (tx) => {
    const first = await tx
      .insert(extractedDocuments)
      .values({ extractionId, documentId: document })
      .onConflictDoNothing()
      .returning({ id: extractedDocuments.documentId });
    if (first.length === 0) return;
    for (let at = 0; at < rows.length; at += 500)
      await tx
        .insert(extractedRows)
        .values(
          rows
            .slice(at, at + 500)
            .map(({ cells }, i) => ({ extractionId, documentId: document, ordinal: at + i, cells })),
        );
  });
}

/** What was read before by the same question, unless somebody reviewed it. */
async function dropUnreviewed(store: Store, { id, key }: { id: string; key: string }): Promise<void> {
  const touched = sql`exists (select 1 from ${extractedRows} where ${extractedRows.extractionId} = ${extractions.id}
    and (${extractedRows.reviewedAt} is not null or ${extractedRows.corrections} <> '{}'::jsonb))`;
  await store.db
    .delete(extractions)
    .where(
      and(
        eq(extractions.key, key),
        ne(extractions.id, id),
        sql`not ${touched}`,
        sql`${extractions.finishedAt} is not null`,
      ),
    );
}

async function records(store: Store, id?: string): Promise<ExtractionRecord[]> {
  const only = id === undefined ? undefined : eq(extractions.id, id);
  const kept = await store.db.select().from(extractions).where(only).orderBy(desc(extractions.createdAt));
  const counted = await store.db
    .select({ id: extractedRows.extractionId, rows: count(), reviewed: count(extractedRows.reviewedAt) })
    .from(extractedRows)
    .where(id === undefined ? undefined : eq(extractedRows.extractionId, id))
    .groupBy(extractedRows.extractionId);
  const read = await store.db
    .select({ id: extractedDocuments.extractionId, documents: count() })
    .from(extractedDocuments)
    .where(id === undefined ? undefined : eq(extractedDocuments.extractionId, id))
    .groupBy(extractedDocuments.extractionId);
  return kept.map((row) => {
    const schema = JSON.parse(row.schema) as Record<string, unknown>;
    const { rows, fields } = readExtractSchema(schema);
    const own = counted.find(({ id }) => id === row.id);
    return {
      ...{ id: row.id, name: row.name, schema, rows },
      fields: fields.map(({ name, type, choices, description }) => ({
        ...{ name, type },
        ...(choices && { choices }),
        ...(description && { description }),
      })),
      documents: row.documents as string[],
      documentsDone: read.find(({ id }) => id === row.id)?.documents ?? 0,
      rowCount: own?.rows ?? 0,
      reviewedCount: own?.reviewed ?? 0,
      finished: row.finishedAt !== null,
      createdAt: row.createdAt,
    };
  });
}

async function record(store: Store, id: string): Promise<ExtractionRecord> {
  const [found] = await records(store, id);
  if (!found) throw missing(id);
  return found;
}

const missing = (id: string) =>
  new NotFoundError("extraction", id, { hint: "GET /api/extractions lists them; `loam extract` makes one" });

const rowColumns = {
  ...{ document: extractedRows.documentId, name: documents.name, ordinal: extractedRows.ordinal },
  ...{ cells: extractedRows.cells, corrections: extractedRows.corrections, reviewedAt: extractedRows.reviewedAt },
};

async function rowsOf(store: Store, id: string, { offset = 0, limit = 1_000_000 } = {}): Promise<ReviewedRow[]> {
  await record(store, id);
  const listed = sql`array(select jsonb_array_elements_text(${extractions.documents}) from ${extractions} where ${extractions.id} = ${id})`;
  const rank = sql`array_position(${listed}, ${extractedRows.documentId})`;
  const rows = await store.db
    .select(rowColumns)
    .from(extractedRows)
    .innerJoin(documents, eq(documents.id, extractedRows.documentId))
    .where(eq(extractedRows.extractionId, id))
    .orderBy(rank, asc(extractedRows.ordinal))
    .offset(offset)
    .limit(limit);
  return rows.map(reviewedRow);
}

function reviewedRow({
  corrections,
  reviewedAt,
  cells,
  ...row
}: {
  document: string;
  name: string;
  ordinal: number;
  cells: unknown;
  corrections: unknown;
  reviewedAt: Date | null;
}): ReviewedRow {
  const corrected = corrections as Corrections;
  const now: Record<string, ReviewedCell> = { ...(cells as ExtractRecord) };
  for (const [field, cell] of Object.entries(corrected)) {
    if (cell) now[field] = cell;
    else delete now[field];
  }
  return { ...row, cells: now, corrected: Object.keys(corrected), reviewed: reviewedAt !== null };
}

async function review(
  { store, library }: Context,
  { id, document, ordinal }: { id: string; document: string; ordinal: number },
  said: RowReview,
): Promise<ReviewedRow> {
  const { schema } = await record(store, id);
  const which = and(
    eq(extractedRows.extractionId, id),
    eq(extractedRows.documentId, document),
    eq(extractedRows.ordinal, ordinal),
  );
  const find = async () => {
    const [row] = await store.db
      .select(rowColumns)
      .from(extractedRows)
      .innerJoin(documents, eq(documents.id, extractedRows.documentId))
      .where(which);
    if (!row) throw new NotFoundError("row", `${ordinal} of ${document}`, { hint: `extraction ${id} has no such row` });
    return row;
  };
  const row = await find();
  if ("reviewed" in said) {
    await store.db
      .update(extractedRows)
      .set({ reviewedAt: said.reviewed ? sql`now()` : null })
      .where(which);
    return reviewedRow(await find());
  }
  const { fields } = readExtractSchema(schema);
  const field = fields.find(({ name }) => name === said.field);
  if (!field) throw new ArgumentError("field", said.field, `one of ${fields.map(({ name }) => name).join(", ")}`);
  // One statement: two people who correct two cells of a row at once lose neither.
  const corrections =
    said.value === undefined
      ? sql`${extractedRows.corrections} - ${field.name}::text`
      : sql`${extractedRows.corrections} || ${JSON.stringify({
          [field.name]:
            said.value === null
              ? null
              : correctedCell(field, said.value, {
                  pages: await library.pages(document),
                  read: (row.cells as ExtractRecord)[field.name],
                }),
        })}::jsonb`;
  await store.db.update(extractedRows).set({ corrections, reviewedAt: sql`now()` }).where(which);
  return reviewedRow(await find());
}
