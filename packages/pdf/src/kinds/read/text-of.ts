import { InputError } from "@loam/core";

/** The most that is read as text. */
const maxTextBytes = 64 * 1024 ** 2;

/**
 * The text of bytes: by their byte order mark, else UTF-8, else GB 18030 where that makes Chinese of it, else
 * Windows-1252 where it holds no control characters.
 *
 * @param options.isCut the bytes are the beginning of more: a character cut through at their end is let go.
 * @throws {InputError} `unsupported_file` for what is no text, `file_too_large` above 64 MiB.
 */
export function textOf(name: string, bytes: Uint8Array, { isCut = false }: { isCut?: boolean } = {}): string {
  if (bytes.length > maxTextBytes) {
    const size = `${Math.round(bytes.length / 1024 ** 2)} MiB`;
    const limit = `${maxTextBytes / 1024 ** 2} MiB`;
    throw new InputError("file_too_large", `${name} is ${size}; up to ${limit} of text are read.`, {
      hint: "split it",
    });
  }
  for (const encoding of encodingsOf(bytes)) {
    const text = decoded(bytes, encoding, isCut);
    if (text !== undefined) return text;
  }
  throw new InputError(
    "unsupported_file",
    `${name} is none of the documents that are read, and no text in UTF-8, UTF-16 or GB 18030.`,
    { details: { name }, hint: "convert it to PDF, Word, HTML or text" },
  );
}

function encodingsOf(bytes: Uint8Array): string[] {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return ["utf-16le"];
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return ["utf-16be"];
  return ["utf-8", "gb18030", "windows-1252"];
}

function decoded(bytes: Uint8Array, encoding: string, isCut: boolean): string | undefined {
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell a program from a letter
  const control = text.match(/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]/g)?.length ?? 0;
  if (text.includes("\0") || control > text.length / 1000) return undefined;
  const foreign = text.match(/[\u0080-\uffff]/g)?.length ?? 0;
  const chinese = text.match(/[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/gu)?.length ?? 0;
  // Latin letters with accents are pairs of GB 18030 as well, but seldom of its Chinese ones alone.
  if (encoding === "gb18030" && (chinese < 4 || chinese < foreign * 0.9)) return undefined;
  if (encoding === "windows-1252" && foreign > text.length / 4) return undefined;
  return text;
}
