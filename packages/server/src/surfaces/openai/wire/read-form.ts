import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { ArgumentError, InputError, LoamError } from "@loam/core";
import { TooLargeError } from "../../../http/errors.ts";

/** A file of a form while it arrives. */
export interface FormFile {
  filename: string;
  contentType: string;
  content: AsyncIterable<Uint8Array>;
}

/**
 * Reads a form with one file and some fields, in whichever order they come. The file is handed on as it arrives, so
 * that nothing of it has to be held.
 *
 * @param options.name the field of the file
 * @param options.take keeps the file; what it answers is given back
 * @param options.drop takes back what was kept, when the form turns out to be broken
 * @throws {ArgumentError} naming the file's field, when it is missing.
 * @throws {InputError} when the body is no form or breaks off.
 */
export async function readForm<Kept>(
  request: Request,
  {
    name,
    sizeBytes,
    take,
    drop,
  }: {
    name: string;
    sizeBytes: number;
    take: (file: FormFile) => Promise<Kept>;
    drop: (kept: Kept) => Promise<void>;
  },
): Promise<{ fields: Record<string, string>; kept: Kept }> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!contentType.startsWith("multipart/form-data") || !request.body) {
    throw new ArgumentError(
      name,
      `missing from a body of ${contentType || "no type"}`,
      "a file of a form",
      asForm(name),
    );
  }
  const parser = openParser(contentType, sizeBytes);
  const fields: Record<string, string> = {};
  let keeping: Promise<Kept> | undefined;
  let problem: unknown;
  parser.on("field", (field, value, _fieldTruncated, valueTruncated) => {
    if (valueTruncated) problem ??= new ArgumentError(field, `longer than ${maxFieldBytes} bytes`, "a shorter text");
    fields[field] = value;
  });
  parser.on("file", (field, stream, filename, _encoding, mimeType) => {
    stream.on("error", () => {}); // whoever reads it sees it; nobody else has to
    if (field !== name || keeping) {
      problem ??= new ArgumentError(field, "a file", keeping ? "one file" : `the file as \`${name}\``, asForm(name));
      stream.resume();
      return;
    }
    let overfull = false;
    stream.on("limit", () => {
      overfull = true;
    });
    const content = async function* () {
      for await (const part of stream) yield part as Uint8Array;
      if (overfull) throw tooLarge(sizeBytes);
    };
    keeping = take({
      filename: baseName(filename),
      contentType: mimeType || "application/octet-stream",
      content: content(),
    });
    keeping.catch(() => stream.resume()); // what cannot be kept is read to its end, so that the answer is heard
  });
  for (const event of ["filesLimit", "partsLimit", "fieldsLimit"] as const) {
    parser.on(event, () => {
      problem ??= new InputError("too_many_parts", "The form has more parts than one file and 32 fields.");
    });
  }
  const body = Readable.fromWeb(request.body as NodeReadableStream);
  const ended = new Promise<void>((resolve, reject) => {
    parser.once("finish", resolve);
    parser.on("error", reject);
    body.on("error", (cause) => {
      reject(cause);
      parser.destroy(cause);
    });
  });
  body.pipe(parser);
  const [read, taken] = await Promise.allSettled([ended, ended.catch(() => {}).then(() => keeping)]);
  const kept = taken.status === "fulfilled" ? taken.value : undefined;
  if (taken.status === "rejected")
    problem = taken.reason instanceof LoamError ? taken.reason : (problem ?? taken.reason);
  if (read.status === "rejected") problem ??= read.reason;
  if (problem !== undefined) {
    if (kept !== undefined) await drop(kept);
    body.unpipe(parser);
    body.resume();
    throw problem instanceof LoamError ? problem : brokenOff(problem);
  }
  if (kept === undefined) throw new ArgumentError(name, undefined, "a file of the form", asForm(name));
  return { fields, kept };
}

const maxFieldBytes = 64 * 1024;

function openParser(contentType: string, fileSize: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: { fileSize, files: 2, fields: 32, fieldSize: maxFieldBytes, parts: 40, headerPairs: 20 },
    });
  } catch (cause) {
    throw new InputError("invalid_request", `The form cannot be read: ${(cause as Error).message}.`, {
      hint: "send the boundary with the content type, as every HTTP client does by itself",
      cause,
    });
  }
}

/** The last part of a path, as Windows or Unix write it, without control characters. */
function baseName(filename: string | undefined): string {
  const last = (filename ?? "").split(/[/\\]/).at(-1)!;
  // Browsers and clients write a quotation mark so (https://html.spec.whatwg.org, multipart/form-data).
  const clean = last
    .replaceAll("%22", '"')
    .replace(/\p{Cc}/gu, "")
    .trim();
  return clean === "" || clean === "." || clean === ".." ? "file" : [...clean].slice(0, 255).join("");
}

function asForm(name: string): string {
  return `send multipart/form-data: \`curl -F "${name}=@FILE" …\``;
}

function tooLarge(limit: number): TooLargeError {
  const size = limit >= 1024 ** 2 ? `${Math.round(limit / 1024 ** 2)} MiB` : `${limit} bytes`;
  return new TooLargeError("The file", size, "send it in parts with POST /v1/uploads");
}

function brokenOff(cause: unknown): InputError {
  return new InputError("broken_upload", "The upload broke off before its end.", { hint: "send it again", cause });
}
