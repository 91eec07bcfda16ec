import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { InputError, LoamError } from "@loam/core";
import { TooLargeError } from "./errors.ts";

const decoders = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
} as const;

/** A body of a kind or an encoding that is not understood. */
export class UnsupportedMediaError extends LoamError {
  constructor(message: string, hint: string) {
    super("unsupported_media_type", message, { hint, status: 415, exitCode: 3 });
  }
}

/**
 * The body of a request, unpacked. It is unpacked as it arrives, so that one that grows without end costs no more than
 * the limit.
 *
 * @throws {TooLargeError} when it is larger than `maxBytes` once unpacked.
 * @throws {InputError} when it breaks off or is not packed as it says.
 * @throws {UnsupportedMediaError} when its encoding is not known.
 */
export async function readBytes(request: Request, { maxBytes }: { maxBytes: number }): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  const encodings = (request.headers.get("content-encoding") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  const source = Readable.fromWeb(request.body as NodeReadableStream);
  let stream: Readable = source;
  for (const name of encodings.reverse().slice(0, 3)) {
    if (!Object.hasOwn(decoders, name))
      throw new UnsupportedMediaError(
        `The body is encoded as ${JSON.stringify(name)}.`,
        `send it plain, or as ${Object.keys(decoders).join(", ")}`,
      );
    const decoder = decoders[name as keyof typeof decoders]();
    const before = stream;
    before.on("error", (error) => decoder.destroy(error));
    stream = before.pipe(decoder);
  }
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBytes)
        throw new TooLargeError("The unpacked body", `${Math.round(maxBytes / 1024 ** 2)} MiB`, "send less at once");
      parts.push(part);
    }
  } catch (cause) {
    source.unpipe();
    source.on("error", () => {}).resume();
    if (cause instanceof LoamError) throw cause;
    throw new InputError("broken_body", `The body cannot be read to its end (${(cause as Error).message}).`, {
      hint: "send it again, whole and packed as its content-encoding says",
      cause,
    });
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
}

/** The body as JSON. @throws {InputError} when it is none. */
export async function readJson(request: Request, options: { maxBytes: number }): Promise<unknown> {
  return parseJson(await readBytes(request, options));
}

/** @throws {InputError} when the bytes are no JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError("invalid_json", `The body is no JSON (${(cause as Error).message}).`, {
      hint: "send one JSON document in UTF-8",
      cause,
    });
  }
}
