import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { InputError, NotFoundError, throwIfCancelled, UnsupportedError } from "../errors/errors.ts";
import { decodeText } from "./decode-text.ts";
import { delimitedRows } from "./delimited.ts";
import { readJsonLines } from "./jsonl.ts";
import { badRows, type OnBadRow, type Row, type RowAt } from "./row.ts";
import { sheetRows } from "./sheet.ts";

const formats = ["json", "jsonl", "csv", "tsv", "xlsx", "parquet"] as const;
export type RowFormat = (typeof formats)[number];

/** JSON files up to this size are parsed at once, which is several times faster; larger ones element by element. */
const wholeJsonBytes = 64 * 2 ** 20;

/**
 * Reads the rows of a file one by one: JSON (a list of objects), JSON Lines, CSV, TSV, Excel or Parquet, told by the
 * ending, `.gz` undone. CSV, TSV and Excel need a header line; delimiter and encoding of CSV and TSV are told by their
 * content, and every value is a string. A file larger than memory streams, but for Excel.
 *
 * @throws {NotFoundError} when there is no such file.
 * @throws {InputError} `bad_rows`, `bad_jsonl` with the line and what is wrong with it.
 */
export async function* readRows(
  path: string,
  {
    format = formatOf(path),
    signal,
    onBadRow,
  }: {
    format?: RowFormat;
    signal?: AbortSignal;
    /** Hears of rows that cannot be read instead of an error, and the rows after them are read on. */
    onBadRow?: OnBadRow;
  } = {},
): AsyncGenerator<RowAt> {
  const { size } = await stat(path).catch((cause) => {
    throw new NotFoundError("file", path, { cause, hint: "check the path" });
  });
  for await (const at of rowsOf(path, format, size, onBadRow)) {
    throwIfCancelled(signal, `reading ${path}`);
    if (typeof at.row !== "object" || at.row === null || Array.isArray(at.row)) {
      const error = new InputError(
        "bad_rows",
        `${path}, row ${at.line}: expected an object, got ${JSON.stringify(at.row)?.slice(0, 60)}.`,
        {
          details: { path, line: at.line },
          hint: "each row must be an object with named fields",
        },
      );
      if (!onBadRow) throw error;
      onBadRow(error, at.line);
      continue;
    }
    yield at;
  }
}

/** The format a file's name promises. */
function formatOf(path: string): RowFormat {
  const ending = /\.([a-z]+)$/i.exec(path.replace(/\.gz$/i, ""))?.[1]?.toLowerCase();
  if (ending === "ndjson") return "jsonl";
  const format = formats.find((known) => known === ending);
  if (format === undefined) {
    throw new UnsupportedError(`${path} is no table this reads.`, {
      hint: `use a file that ends in .${formats.join(", .")} (or one of them with .gz)`,
    });
  }
  return format;
}

function rowsOf(
  path: string,
  format: RowFormat,
  size: number,
  onBadRow: OnBadRow | undefined,
): AsyncIterable<RowAt> | Iterable<RowAt> {
  switch (format) {
    case "jsonl":
      return jsonLines(path, onBadRow);
    case "json":
      return size <= wholeJsonBytes && !path.endsWith(".gz") ? wholeJson(path) : streamedJson(path);
    case "csv":
      return delimitedRows(bytesOf(path), { path, promised: ",", onBadRow });
    case "tsv":
      return delimitedRows(bytesOf(path), { path, promised: "\t", onBadRow });
    case "xlsx":
      return sheetRows(path);
    case "parquet":
      return parquet(path);
  }
}

function bytesOf(path: string): AsyncIterable<Uint8Array> {
  const file = createReadStream(path);
  if (!path.endsWith(".gz")) return file;
  const unpacked = createGunzip();
  file.on("error", (error) => unpacked.destroy(error));
  unpacked.on("close", () => file.destroy());
  return file.pipe(unpacked);
}

async function* jsonLines(path: string, onBadLine: OnBadRow | undefined): AsyncGenerator<RowAt> {
  for await (const { value, line } of readJsonLines<Row>(bytesOf(path), { name: path, onBadLine }))
    yield { row: value, line };
}

async function* wholeJson(path: string): AsyncGenerator<RowAt> {
  let text = "";
  for await (const piece of decodeText(createReadStream(path), path)) text += piece;
  let list: unknown;
  try {
    list = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw badRows(path, `not valid JSON: ${(cause as Error).message}`, cause);
  }
  if (!Array.isArray(list)) throw badRows(path, "the file holds no list");
  for (const [i, row] of list.entries()) yield { row: row as Row, line: i + 1 };
}

async function* streamedJson(path: string): AsyncGenerator<RowAt> {
  const { streamArray } = await import("stream-json/streamers/stream-array.js");
  const elements = streamArray.withParserAsStream();
  const input = createReadStream(path);
  const source = path.endsWith(".gz") ? input.pipe(createGunzip()) : input;
  source.on("error", (error: Error) => elements.destroy(error)).pipe(elements);
  try {
    for await (const { key, value } of elements as AsyncIterable<{ key: number; value: Row }>)
      yield { row: value, line: key + 1 };
  } catch (cause) {
    throw badRows(path, `not a valid JSON list: ${(cause as Error).message}`, cause);
  } finally {
    input.destroy();
  }
}

async function* parquet(path: string): AsyncGenerator<RowAt> {
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const file = {
      byteLength: size,
      slice: async (start: number, end = size): Promise<ArrayBuffer> => {
        const bytes = new Uint8Array(end - start);
        await handle.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(file).catch((cause) => {
      throw badRows(path, `not a Parquet file: ${(cause as Error).message}`, cause);
    });
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const rows = await parquetReadObjects({ file, metadata, compressors, rowStart: start, rowEnd: end });
      for (const [i, row] of rows.entries()) yield { row: row as Row, line: start + i + 1 };
      start = end;
    }
  } finally {
    await handle.close();
  }
}
