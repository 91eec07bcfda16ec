import { InputError, parseNumber, type Row, readRows } from "@loam/core";
import { RowTable } from "@loam/search";
import { authorNames } from "./authors.ts";
import { type CatalogueColumns, mapColumns } from "./catalogue-columns.ts";
import type { CatalogueField } from "./catalogue-fields.ts";
import { readerShelves } from "./item-terms.ts";
import { plainText } from "./plain-text.ts";

/** A subject of an item. */
export interface ItemTag {
  name: string;
  /** How much it says of the item: 1, or ln(1 + n) of a tag that n readers gave. */
  weight: number;
}

/** Something that can be recommended: a book. */
export interface CatalogueItem {
  id: string;
  title: string;
  originalTitle?: string;
  authors: readonly string[];
  tags: readonly ItemTag[];
  description?: string;
  language?: string;
  year?: number;
  /** Mean rating, on the catalogue's own scale. */
  rating?: number;
}

/** Rows of a catalogue's file that were left out, by why. */
export interface SkippedRows {
  withoutTitle: number;
  repeatedId: number;
  /** Rows that cannot be read: too many or too few fields, quotes that do not close. */
  malformed: number;
  /** Where the first ten of those stand, counted from 1. */
  malformedLines: number[];
}

export const nothingSkipped = (): SkippedRows => ({ withoutTitle: 0, repeatedId: 0, malformed: 0, malformedLines: [] });

/** Lines of malformed rows that are listed. */
const listedLines = 10;

export interface Catalogue {
  items: readonly CatalogueItem[];
  /** Rows that were left out. */
  skipped: SkippedRows;
}

/** What reading a catalogue has come upon so far. */
export interface CatalogueReading {
  /** Column names by field; empty before the first row. */
  columns: Partial<Record<CatalogueField, readonly string[]>>;
  skipped: SkippedRows;
}

/**
 * Reads a catalogue from CSV, TSV, Excel, JSON, JSON Lines or Parquet (`.gz` undone). Columns are given or told by their English
 * or Chinese headers; an item without an id gets its number, from 1. Tags are a list, a text split at `|`, `;`, `,` or `、`,
 * or an object of counts by name.
 *
 * @throws {InputError} `no_title_column` listing the columns, `empty_catalogue`.
 */
export async function readCatalogue(
  path: string,
  options: { columns?: CatalogueColumns; signal?: AbortSignal } = {},
): Promise<Catalogue> {
  const reading: CatalogueReading = { columns: {}, skipped: nothingSkipped() };
  const items: CatalogueItem[] = [];
  for await (const item of catalogueItems(path, { ...options, reading })) items.push(item);
  return { items, skipped: reading.skipped };
}

/**
 * The items of a catalogue one by one, as {@link readCatalogue} reads them; the file may be larger than memory.
 *
 * @throws {InputError} `empty_catalogue` with how many rows were skipped and why.
 */
export async function* catalogueItems(
  path: string,
  {
    columns,
    signal,
    reading,
    name = path,
  }: { columns?: CatalogueColumns; signal?: AbortSignal; reading: CatalogueReading; name?: string },
): AsyncGenerator<CatalogueItem> {
  const ids = new RowTable();
  const { skipped } = reading;
  let read: ((row: Row, number: number) => CatalogueItem) | undefined;
  let number = 0;
  let kept = 0;
  const onBadRow = (_: InputError, line: number) => {
    if (++skipped.malformed <= listedLines) skipped.malformedLines.push(line);
  };
  for await (const { row } of readRows(path, { signal, onBadRow })) {
    if (!read) {
      const mapped = mapColumns(Object.keys(row), columns, { path: name });
      reading.columns = Object.fromEntries(Object.entries(mapped).filter(([, names]) => names.length > 0));
      read = itemReader(mapped);
    }
    const item = read(row, ++number);
    if (item.title === "") skipped.withoutTitle++;
    else if (!ids.add(item.id, number)) skipped.repeatedId++;
    else {
      kept++;
      yield item;
    }
  }
  if (kept === 0) {
    throw new InputError(
      "empty_catalogue",
      `${name} holds no item with a title (${number} rows${skipped.malformed ? `, ${skipped.malformed} that cannot be read` : ""}).`,
      {
        details: { path: name, rows: number },
        hint: "check the column of titles",
      },
    );
  }
}

function itemReader(columns: ReturnType<typeof mapColumns>): (row: Row, number: number) => CatalogueItem {
  const text = (row: Row, field: keyof typeof columns): string => {
    const value = row[columns[field][0] ?? ""];
    return value === undefined || value === null ? "" : plainText(String(value)).trim();
  };
  return (row, number) => ({
    id: text(row, "id") || `${number}`,
    title: text(row, "title"),
    originalTitle: text(row, "originalTitle") || undefined,
    authors: columns.authors.flatMap((column) => authorsOf(row[column])),
    tags: columns.tags.flatMap((column) => tagsOf(row[column])).filter(({ name }) => !readerShelves.has(name)),
    description: text(row, "description") || undefined,
    language: text(row, "language") || undefined,
    year: numberIn(/-?\d{1,4}/, text(row, "year")),
    rating: parseNumber(text(row, "rating")) ?? numberIn(/\d+(?:\.\d+)?/, text(row, "rating")),
  });
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const found = pattern.exec(text)?.[0];
  return found === undefined ? undefined : Number(found);
}

function parts(value: unknown, separators: readonly RegExp[]): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((part) => String(part).trim()).filter(Boolean);
  const text = String(value);
  const separator = separators.find((pattern) => pattern.test(text));
  return (separator ? text.split(separator) : [text]).map((part) => part.trim()).filter(Boolean);
}

function authorsOf(value: unknown): string[] {
  if (typeof value === "string") return authorNames(plainText(value)).filter(Boolean);
  return parts(value, []).flatMap((name) => authorNames(plainText(name)));
}

function tagsOf(value: unknown): ItemTag[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value)
      .filter(([, count]) => Number(count) > 0)
      .map(([name, count]) => ({ name, weight: Math.log(1 + Number(count)) }));
  }
  return parts(value, [/[|;；]/, /[,，、]/]).map((name) => ({ name: plainText(name), weight: 1 }));
}
