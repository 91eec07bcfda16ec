import type { Box, Page, Place } from "@loam/pdf";
import { splitTable } from "@loam/pdf";
import type { ExtractField } from "./extract-schema.ts";
import { plainLabel } from "./field-labels.ts";
import type { ExtractCell } from "./find-fields.ts";
import { readValue } from "./read-value.ts";

/** How sure a cell under its column's header is. */
const columnSure = 0.9;

/** Records by field name; a field that a record does not state is missing from it. */
export type ExtractRecord = Record<string, ExtractCell>;

/** The rows of every table whose header names the fields: at least half of them, and two where there are two. */
export function findRecords(fields: readonly ExtractField[], pages: readonly Page[]): ExtractRecord[] {
  const records: ExtractRecord[] = [];
  for (const page of pages)
    for (const { rows, lines, box } of page.blocks) {
      if (!rows) continue;
      const { header, body } = splitTable(rows);
      const columns = columnsOf(fields, header);
      const named = columns.filter((column) => column >= 0).length;
      if (named < Math.max(Math.min(2, fields.length), Math.ceil(fields.length / 2))) continue;
      const before = rows.length - body.length;
      for (const [i, row] of body.entries()) {
        const own = lines.length === rows.length ? lines[before + i]! : { box, place: undefined };
        const record = recordOf(fields, columns, row, { page: page.number, ...own });
        if (record) records.push(record);
      }
    }
  return records;
}

/** The column of each field; -1 where the header does not name it. Exact names come before parts of them. */
function columnsOf(fields: readonly ExtractField[], header: readonly string[]): number[] {
  const heads = header.map((text) => plainLabel(text.replace(/\([^)]*\)/g, "")));
  const taken = new Set<number>();
  const columns = fields.map(() => -1);
  for (const fits of [
    (head: string, label: string) => head === label,
    (head: string, label: string) =>
      head !== "" && (` ${head} `.includes(` ${label} `) || ` ${label} `.includes(` ${head} `)),
  ])
    for (const [i, { labels }] of fields.entries()) {
      if (columns[i]! >= 0) continue;
      const at = labels
        .map((label) => heads.findIndex((head, n) => !taken.has(n) && fits(head, label)))
        .find((n) => n >= 0);
      if (at === undefined) continue;
      columns[i] = at;
      taken.add(at);
    }
  return columns;
}

/** Undefined for rows that are no record: sums under a table, empty rows, the header again. */
function recordOf(
  fields: readonly ExtractField[],
  columns: readonly number[],
  row: readonly string[],
  { page, box, place }: { page: number; box: Box; place?: Place },
): ExtractRecord | undefined {
  if (/^\s*(?:sub\s?total|total|sum|合计|小计|总计|summe)\b/iu.test(row.find((cell) => cell.trim()) ?? ""))
    return undefined;
  const record: ExtractRecord = {};
  for (const [i, field] of fields.entries()) {
    const text = row[columns[i]!] ?? "";
    const read = readValue(field, text);
    if (!read) continue;
    record[field.name] = {
      ...{ value: read.value, confidence: columnSure * read.sure, source: "table", page, box, quote: row.join(" | ") },
      ...(place && { place }),
    };
  }
  const needed = columns.filter((column) => column >= 0).length;
  return Object.keys(record).length >= Math.max(1, needed / 2) ? record : undefined;
}
