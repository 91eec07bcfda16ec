import { InputError } from "../errors/errors.ts";
import { chain, maxRecordCharacters } from "./row.ts";

const sampleBytes = 256 * 1024;
const newline = 10;

/**
 * The text of a file whose encoding nobody named, piece by piece and without its byte order mark: UTF-8, UTF-16, GB18030
 * (what Excel writes in China) or Windows-1252 (what it writes in the West), told by mark and content.
 *
 * @throws {InputError} `not_utf8` with the line, where a file that began as UTF-8 does not stay it.
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const head: Uint8Array[] = [];
    let size = 0;
    let ended = false;
    while (size < sampleBytes) {
      const { value, done } = await iterator.next();
      if (done) {
        ended = true;
        break;
      }
      head.push(value);
      size += value.length;
    }
    const sample = Buffer.concat(head);
    const encoding = guessEncoding(sample, { whole: ended });
    const rest = { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
    const all = chain<Uint8Array>(sample, rest);
    yield* encoding === "utf-8" ? decodeUtf8(all, name) : decodeOther(all, encoding);
  } finally {
    await iterator.return?.();
  }
}

async function* decodeOther(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** Decodes whole lines, so that a bad byte can be told by its line. */
async function* decodeUtf8(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let line = 1;
  const decode = (bytes: Uint8Array): string => {
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (cause) {
      const at = line + badLine(bytes);
      throw new InputError("not_utf8", `${name}, line ${at}: the bytes are not UTF-8, as those before them are.`, {
        details: { name, line: at },
        hint: "save the file as UTF-8",
        cause,
      });
    }
    for (let i = bytes.indexOf(newline); i >= 0; i = bytes.indexOf(newline, i + 1)) line++;
    return text;
  };
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline) + 1;
    if (end === 0) {
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes > maxRecordCharacters) throw tooLong(name, line);
      continue;
    }
    yield decode(Buffer.concat([...pending, chunk.subarray(0, end)]));
    pending = [chunk.subarray(end)];
    pendingBytes = chunk.length - end;
  }
  if (pendingBytes > 0) yield decode(Buffer.concat(pending));
}

/** @throws {InputError} `bad_rows`: what has no line break in 64 MiB is no table. */
export function tooLong(name: string, line: number): InputError {
  return new InputError("bad_rows", `${name}, line ${line}: longer than ${maxRecordCharacters / 2 ** 20} MiB.`, {
    details: { name, line },
    hint: "see whether the file is what its name says",
  });
}

/** How many lines of some bytes are UTF-8 before the first that is not. */
function badLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let start = 0, count = 0; ; count++) {
    const end = bytes.indexOf(newline, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return count;
    }
    if (end < 0) return count;
    start = end + 1;
  }
}

/** @param options.whole whether nothing comes after the sample; if something does, its last character may be cut. */
function guessEncoding(
  sample: Uint8Array,
  { whole = true }: { whole?: boolean } = {},
): "utf-8" | "utf-16le" | "utf-16be" | "gb18030" | "windows-1252" {
  if (sample[0] === 0xff && sample[1] === 0xfe) return "utf-16le";
  if (sample[0] === 0xfe && sample[1] === 0xff) return "utf-16be";
  const utf16 = guessUtf16(sample);
  if (utf16) return utf16;
  if (decodes("utf-8", sample, whole)) return "utf-8";
  return decodes("gb18030", sample, whole) && looksChinese(sample) ? "gb18030" : "windows-1252";
}

function decodes(encoding: string, bytes: Uint8Array, whole: boolean): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

/**
 * UTF-16 without a mark: line ends, digits and delimiters leave NULs in every second place, whatever the script, and
 * text in any other encoding holds none. A stray NUL in either place is not enough.
 */
function guessUtf16(sample: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const zeros = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[i % 2]!++;
  const [big, little] = zeros as [number, number];
  const enough = Math.max(2, sample.length / 100);
  if (little > enough && little > 10 * big) return "utf-16le";
  return big > enough && big > 10 * little ? "utf-16be" : undefined;
}

/**
 * Whether most bytes above 0x7F come in pairs of GB 2312's common plane. Western text has single accented letters
 * between plain ones: as Chinese they would be rare characters with a second byte below 0xA1.
 */
function looksChinese(bytes: Uint8Array): boolean {
  let common = 0;
  let other = 0;
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i]!;
    if (lead < 0x80) continue;
    const trail = bytes[++i] ?? 0;
    if (trail >= 0xa1 && ((lead >= 0xb0 && lead <= 0xf7) || (lead >= 0xa1 && lead <= 0xa9))) common++;
    else other++;
  }
  return common >= 2 * other;
}
