import { Readable } from "node:stream";
import { decodeText } from "./decode-text.ts";
import { guessDialect } from "./dialect.ts";
import { badRows, chain, maxRecordCharacters, type OnBadRow, type Row, type RowAt } from "./row.ts";

const sampleCharacters = 64 * 1024;

/**
 * The rows of separated values with a header line: encoding and delimiter are told by the content, a quote inside an
 * unquoted field stays as it is, header names are trimmed, columns without a name are left out. Every value is a string.
 *
 * @param promised the delimiter of the file's ending.
 * @throws {InputError} `bad_rows` with the line.
 */
export async function* delimitedRows(
  bytes: AsyncIterable<Uint8Array>,
  { path, promised, onBadRow }: { path: string; promised: string; onBadRow?: OnBadRow },
): AsyncGenerator<RowAt> {
  const pieces = decodeText(bytes, path);
  let sample = "";
  let whole = false;
  while (sample.length < sampleCharacters && !whole) {
    const { value, done } = await pieces.next();
    if (done) whole = true;
    else sample += value;
  }
  if (sample.startsWith("\uFEFF")) sample = sample.slice(1);
  const { delimiter, skipLines } = guessDialect(sample.slice(0, sampleCharacters), {
    promised,
    whole: whole && sample.length <= sampleCharacters,
  });
  const { parse } = await import("csv-parse");
  const parser = parse({
    delimiter,
    from_line: skipLines + 1,
    columns: (header: string[]) => header.map((name) => name.trim() || false),
    skip_empty_lines: true,
    relax_quotes: true,
    max_record_size: maxRecordCharacters,
    info: true,
    ...(onBadRow && {
      skip_records_with_error: true,
      on_skip: (error?: { message: string; lines?: number }) => {
        if (error) onBadRow(badRows(path, error.message, error), error.lines ?? 0);
      },
    }),
  });
  const input = Readable.from(chain(sample, pieces));
  input.on("error", (error: Error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Row; info: { lines: number } }>)
      yield { row: record, line: info.lines };
  } catch (cause) {
    throw cause instanceof Error && "details" in cause ? cause : badRows(path, (cause as Error).message, cause);
  } finally {
    input.destroy();
  }
}
