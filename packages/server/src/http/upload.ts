import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { cutText, InputError, LoamError } from "@loam/core";
import { detectKind } from "@loam/pdf";
import { TooLargeError } from "./errors.ts";

export interface UploadLimits {
  /** 512 MiB when left out. */
  fileSizeBytes?: number;
  /** Files in one request; 64 when left out. */
  files?: number;
}

/** One file of a multipart body: its bytes, or why it was refused. */
export type UploadedFile = { name: string; bytes: Uint8Array } | { name: string; error: LoamError };

/**
 * The files of a `multipart/form-data` body, one by one as they arrive; the next one is read when the caller asks for
 * it. A file that is too large, or no document where one is asked for, is given as an error and the rest goes on.
 *
 * @throws {InputError} when the body is not multipart, or breaks off.
 * @throws {TooLargeError} when there are more files than allowed.
 */
export async function* readUpload(
  request: Request,
  { fileSizeBytes = 512 * 1024 ** 2, files: maxFiles = 64 }: UploadLimits = {},
  { accepts = "documents" }: { accepts?: "documents" | "any" } = {},
): AsyncGenerator<UploadedFile> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!contentType.startsWith("multipart/form-data") || !request.body) {
    throw new InputError("not_multipart", `The body is ${JSON.stringify(contentType)}, not multipart/form-data.`, {
      hint: 'send the files as form fields: `curl -F "file=@paper.pdf" …`',
    });
  }
  let parser: BusboyInstance;
  try {
    parser = new Busboy({
      headers: { "content-type": contentType },
      limits: { fileSize: fileSizeBytes, files: maxFiles, fields: 0, parts: maxFiles, headerPairs: 20 },
    });
  } catch (cause) {
    throw brokenBody(cause);
  }
  const arrived = new Channel<UploadedFile>();
  parser.on("file", (_field, stream, filename) => {
    const name = safeName(filename);
    const parts: Buffer[] = [];
    let truncated = false;
    stream.on("data", (part: Buffer) => {
      if (!truncated) parts.push(part);
    });
    stream.on("error", (cause) => arrived.fail(brokenBody(cause))); // the body ended inside this part
    stream.on("limit", () => {
      truncated = true;
      parts.length = 0;
    });
    stream.on("end", () => {
      if (truncated) arrived.push({ name, error: fileTooLarge(name, fileSizeBytes) });
      else arrived.push(checked(name, Buffer.concat(parts), accepts));
    });
  });
  parser.on("filesLimit", () => arrived.fail(tooManyFiles(maxFiles)));
  parser.on("partsLimit", () => arrived.fail(tooManyFiles(maxFiles)));
  parser.on("error", (cause) => arrived.fail(brokenBody(cause)));
  parser.on("finish", () => arrived.end());
  const body = Readable.fromWeb(request.body as NodeReadableStream);
  body.on("error", (cause) => arrived.fail(brokenBody(cause)));
  body.pipe(parser);
  try {
    for (let file = await arrived.next(); file; file = await arrived.next()) {
      body.unpipe(parser); // the caller works on this file; the next one may wait in the socket
      yield file;
      body.pipe(parser);
    }
  } finally {
    body.unpipe(parser);
    body.resume();
  }
}

function checked(name: string, bytes: Buffer, accepts: "documents" | "any"): UploadedFile {
  if (bytes.length === 0)
    return {
      name,
      error: new InputError("empty_file", `${name} is empty (0 bytes).`, { hint: "export or download it again" }),
    };
  if (accepts === "documents") {
    try {
      const kind = detectKind(name, bytes);
      if (kind === "pdf" && !bytes.subarray(0, 1024).includes("%PDF-")) throw noPdf(name, bytes);
    } catch (error) {
      if (error instanceof LoamError) return { name, error };
      throw error;
    }
  }
  return { name, bytes };
}

function noPdf(name: string, bytes: Buffer): InputError {
  const head = JSON.stringify(bytes.subarray(0, 8).toString("latin1"));
  return new InputError("not_a_pdf", `${name} is not a PDF: it starts with ${head}, and a PDF with "%PDF-".`, {
    hint: "give it the ending of what it is, or print or export it as PDF first",
  });
}

/** The last part of the path that a client sent, without control characters; never used to open a file. */
function safeName(filename: string | undefined): string {
  const last = (filename ?? "").split(/[/\\]/).at(-1) ?? "";
  const whole = last.replace(/\p{Cc}/gu, "").trim();
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(whole)?.[0] ?? "";
  const clean =
    whole.length <= 200 ? whole : cutText(whole.slice(0, -ending.length || undefined), 200 - ending.length) + ending;
  return clean === "" || clean === "." || clean === ".." ? "document" : clean;
}

function fileTooLarge(name: string, limit: number): TooLargeError {
  return new TooLargeError(name, `${Math.round(limit / 1024 ** 2)} MiB`, "split it, or raise `uploads.fileSizeBytes`");
}

function tooManyFiles(maxFiles: number): TooLargeError {
  return new TooLargeError("The list of files", `${maxFiles} files`, "send the rest in another request");
}

function brokenBody(cause: unknown): LoamError {
  if (cause instanceof LoamError) return cause;
  return new InputError("broken_upload", "The upload broke off before its end.", { hint: "send it again", cause });
}

/** What event handlers push and one reader pulls. */
class Channel<T> {
  readonly #items: T[] = [];
  #error: unknown;
  #ended = false;
  #wake: () => void = () => {};

  push(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  fail(error: unknown): void {
    this.#error ??= error;
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** @returns undefined at the end. */
  async next(): Promise<T | undefined> {
    for (;;) {
      if (this.#items.length > 0) return this.#items.shift();
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
