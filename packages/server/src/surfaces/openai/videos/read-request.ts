import { parseJson as parseBytes, readBytes } from "../../../http/read-bytes.ts";
import { readMultipart } from "../../../http/read-multipart.ts";

/** The most that a request about a video may hold: its clip, and little else. */
const maxBytes = 128 * 1024 ** 2;

/**
 * The body of a request that clients send as JSON or as a form: `video[id]` of a form is `video: { id }`, a part with a file name
 * is its bytes, every other part a text.
 */
export async function readJsonOrForm(request: Request): Promise<unknown> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data/i.test(contentType)) {
    const bytes = await readBytes(request, { maxBytes });
    return bytes.length === 0 ? {} : parseBytes(bytes);
  }
  const fields: Record<string, unknown> = Object.create(null);
  for (const { name, filename, bytes } of await readMultipart(request, { maxBytes, maxParts: 64 })) {
    const value = filename === undefined ? Buffer.from(bytes).toString("utf8") : bytes;
    const [, outer, inner] = /^([^[\]]+)(?:\[([^[\]]+)\])?$/.exec(name) ?? [];
    if (outer === undefined || inner === undefined) fields[name] = value;
    else {
      const held = fields[outer];
      const object = typeof held === "object" && held !== null && !(held instanceof Uint8Array) ? held : {};
      fields[outer] = { ...object, [inner]: value };
    }
  }
  return { ...fields };
}
