import { ArgumentError } from "@loam/core";
import type { ExtractField, ExtractSchema } from "./extract-schema.ts";
import type { ReviewedCell } from "./kept/kept-types.ts";

const extractFormats = ["csv", "xlsx", "parquet", "json"] as const;
export type ExtractFormat = (typeof extractFormats)[number];

/** A row as it was read, or as a person left it. */
interface Row {
  name: string;
  cells: Record<string, ReviewedCell>;
}

type Value = string | number | boolean | undefined;

/** Extracted rows as a file: a column a field, then for each field its page, box and confidence. */
export async function writeRows(
  rows: readonly Row[],
  schema: ExtractSchema,
  format: ExtractFormat,
): Promise<Uint8Array> {
  if (format === "json") return new TextEncoder().encode(`${JSON.stringify(rows, null, 2)}\n`);
  const columns = columnsOf(schema.fields, rows);
  if (format === "csv") return new TextEncoder().encode(csv(columns));
  return format === "xlsx" ? await workbook(columns) : await parquet(columns);
}

/** The format that a file's name asks for. @throws {ArgumentError} for others than csv, xlsx, parquet and json. */
export function formatOfName(path: string): ExtractFormat {
  const ending = /\.([^.]+)$/.exec(path)?.[1]?.toLowerCase();
  const format = extractFormats.find((one) => one === ending);
  if (format) return format;
  throw new ArgumentError("out", path, `a name that ends in .${extractFormats.join(", .")}`);
}

interface Column {
  name: string;
  type: "string" | "number" | "boolean";
  values: Value[];
}

function columnsOf(fields: readonly ExtractField[], rows: readonly Row[]): Column[] {
  const typeOf = ({ type }: ExtractField): Column["type"] =>
    type === "boolean" ? "boolean" : type === "number" || type === "integer" ? "number" : "string";
  return [
    { name: "document", type: "string", values: rows.map(({ name }) => name) },
    ...fields.map(
      (field): Column => ({
        name: field.name,
        type: typeOf(field),
        values: rows.map(({ cells }) => cells[field.name]?.value),
      }),
    ),
    ...fields.flatMap(({ name }): Column[] => [
      { name: `${name}.page`, type: "number", values: rows.map(({ cells }) => cells[name]?.page) },
      { name: `${name}.box`, type: "string", values: rows.map(({ cells }) => cells[name]?.box?.join(" ")) },
      { name: `${name}.confidence`, type: "number", values: rows.map(({ cells }) => cells[name]?.confidence) },
    ]),
  ];
}

/** RFC 4180 with a byte order mark, which Excel needs to read Chinese. */
function csv(columns: readonly Column[]): string {
  const lines = [columns.map(({ name }) => csvCell(name))];
  for (let row = 0; row < columns[0]!.values.length; row++)
    lines.push(columns.map(({ values }) => csvCell(values[row])));
  return `\ufeff${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

/** Text that a spreadsheet would run as a formula begins with an apostrophe instead (OWASP, "CSV injection"). */
function csvCell(value: Value): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Cells of a workbook have a type: text in them is never a formula. */
async function workbook(columns: readonly Column[]): Promise<Uint8Array> {
  const { default: writeWorkbook } = await import("write-excel-file/node");
  const types = { string: String, number: Number, boolean: Boolean };
  const header = columns.map(({ name }) => ({ value: name, type: String, fontWeight: "bold" as const }));
  const body = columns[0]!.values.map(
    (_, row) =>
      columns.map(({ type, values }) =>
        values[row] === undefined ? null : { value: values[row], type: types[type] as StringConstructor },
      ) as { value: string; type: StringConstructor }[],
  );
  const file = await writeWorkbook([{ data: [header, ...body], sheet: "Extracted" }]);
  return new Uint8Array(await file.toBuffer());
}

async function parquet(columns: readonly Column[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const types = { string: "STRING", number: "DOUBLE", boolean: "BOOLEAN" } as const;
  const columnData = columns.map(({ name, type, values }) => ({
    name,
    type: types[type],
    data: values.map((value) => value ?? null),
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
