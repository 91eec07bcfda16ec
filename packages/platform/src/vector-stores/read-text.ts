import { InputError, LoamError } from "@loam/core";
import { detectKind, documentText, openDocument, type Recogniser, textOf } from "@loam/pdf";

/** Kinds whose text is what was uploaded, to the letter. */
const plain = new Set(["text", "markdown", "table"]);

/**
 * The text of a file of any kind that the library reads: documents with their tables and figures (recognised where there
 * is no text), and everything that is text already (Markdown, JSON, code) as it is.
 *
 * @throws {InputError} `unsupported_file` for what cannot be read, `invalid_file` for what is damaged or has no text.
 */
export async function readText(
  name: string,
  bytes: Uint8Array,
  { recogniser, signal }: { recogniser?: Pick<Recogniser, "recognise">; signal?: AbortSignal } = {},
): Promise<string> {
  const text = await readAny(name, bytes, { recogniser, signal });
  if (text.trim() !== "") return text;
  throw new InputError("invalid_file", `${name} has no text that could be searched.`, { hint: "look at the file" });
}

async function readAny(
  name: string,
  bytes: Uint8Array,
  options: { recogniser?: Pick<Recogniser, "recognise">; signal?: AbortSignal },
): Promise<string> {
  if (plain.has(detectKind(name, bytes))) return textOf(name, bytes);
  const file = await openDocument(bytes, { name, signal: options.signal }).catch((cause) => {
    // The API knows two reasons: what is not read at all, and what is not right about a file.
    const isOurs = cause instanceof LoamError && cause.exitCode === 3 && cause.code !== "unsupported_file";
    throw isOurs ? new InputError("invalid_file", cause.message, { cause }) : cause;
  });
  try {
    return await documentText(file, options);
  } finally {
    file.close();
  }
}
