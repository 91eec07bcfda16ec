import { Readable } from "node:stream";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { InputError } from "@loam/core";
import { TooLargeError } from "./errors.ts";
import { readBytes } from "./read-bytes.ts";

/** One part of a multipart body. */
export interface Part {
  name: string;
  filename: string | undefined;
  contentType: string;
  bytes: Uint8Array;
}

/**
 * The parts of a `multipart/form-data` body, which may be packed as a whole, in order.
 *
 * @throws {InputError} when it is no such body, or breaks off. @throws {TooLargeError}
 */
export async function readMultipart(
  request: Request,
  { maxBytes, maxParts = 50_000 }: { maxBytes: number; maxParts?: number },
): Promise<Part[]> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data/i.test(contentType))
    throw broken(`it is ${JSON.stringify(contentType.slice(0, 100))}, not multipart/form-data`);
  const bytes = await readBytes(request, { maxBytes });
  let parser: BusboyInstance;
  try {
    parser = new Busboy({
      headers: { "content-type": contentType },
      limits: { fileSize: maxBytes, files: maxParts, fields: 0, parts: maxParts, headerPairs: 20 },
      // Every part is bytes: what it holds is told by its name.
      isPartAFile: () => true,
      preservePath: true,
    });
  } catch (cause) {
    throw broken((cause as Error).message, cause);
  }
  const parts: Part[] = [];
  await new Promise<void>((resolve, reject) => {
    parser.on("file", (name, stream, filename, _encoding, mimeType) => {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("error", (cause) => reject(broken((cause as Error).message, cause)));
      stream.on("end", () =>
        parts.push({ name: name ?? "", filename, contentType: mimeType, bytes: Buffer.concat(pieces) }),
      );
    });
    parser.on("filesLimit", () =>
      reject(new TooLargeError("The list of parts", `${maxParts} parts`, "send less at once")),
    );
    parser.on("partsLimit", () =>
      reject(new TooLargeError("The list of parts", `${maxParts} parts`, "send less at once")),
    );
    parser.on("error", (cause) => reject(broken((cause as Error).message, cause)));
    parser.on("finish", () => resolve());
    Readable.from([bytes], { objectMode: false }).pipe(parser);
  });
  return parts;
}

function broken(why: string, cause?: unknown): InputError {
  return new InputError("broken_multipart", `The body cannot be read as multipart/form-data: ${why}.`, {
    hint: "send whole parts, with the boundary that the content-type names",
    cause,
  });
}
