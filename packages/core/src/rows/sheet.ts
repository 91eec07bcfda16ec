import { readFile } from "node:fs/promises";
import { badRows, type Row, type RowAt } from "./row.ts";
import { measureZip } from "./zip.ts";

const maxUnpackedBytes = 512 * 1024 ** 2;

/**
 * The rows of the first sheet of a workbook (.xlsx) that holds anything: its first row with a value is the header. Numbers
 * and truth values stay what they are, dates become ISO 8601, empty cells "".
 *
 * @throws {InputError} `bad_rows` for what is no workbook, `invalid_file` for one that unpacks to more than 512 MiB.
 */
export async function* sheetRows(path: string): AsyncGenerator<RowAt> {
  const bytes = await readFile(path);
  await measureZip(path, bytes, { maxBytes: maxUnpackedBytes });
  const { default: readWorkbook } = await import("read-excel-file/node");
  const sheets = await readWorkbook(bytes).catch((cause: Error) => {
    throw badRows(path, `not a workbook: ${cause.message}`, cause);
  });
  const cells = sheets.find(({ data }) => data.some(isFilled))?.data ?? [];
  const top = cells.findIndex(isFilled);
  if (top < 0) return;
  const names = cells[top]!.map((cell) => text(cell).trim());
  for (let i = top + 1; i < cells.length; i++) {
    const values = cells[i]!;
    if (!isFilled(values)) continue;
    const row: Row = {};
    for (const [column, name] of names.entries()) if (name) row[name] = cellValue(values[column]);
    yield { row, line: i + 1 };
  }
}

function isFilled(values: readonly unknown[]): boolean {
  return values.some((value) => value !== null && value !== undefined && value !== "");
}

function cellValue(cell: unknown): unknown {
  if (cell === null || cell === undefined) return "";
  return cell instanceof Date ? cell.toISOString().replace(/T00:00:00\.000Z$/, "") : cell;
}

function text(cell: unknown): string {
  return String(cellValue(cell));
}
