import yauzl from "yauzl";
import { InputError } from "../errors/errors.ts";

/** What an archive holds. */
export interface ZipContents {
  entries: string[];
  unpackedBytes: number;
}

/** More entries than any document has. */
const maxEntries = 100_000;

/**
 * Unpacks every entry of a zip archive to nowhere: what an archive says of itself need not be true, and office files are
 * archives. It stops at the limit.
 *
 * @throws {InputError} `invalid_file` when the archive is damaged or unpacks to more than `maxBytes`.
 */
export async function measureZip(
  name: string,
  bytes: Uint8Array,
  { maxBytes }: { maxBytes: number },
): Promise<ZipContents> {
  let unpackedBytes = 0;
  const entries: string[] = [];
  await walkZip(name, bytes, { maxBytes }, (entry) => {
    entries.push(entry);
    return (part) => {
      unpackedBytes += part.length;
    };
  });
  return { entries, unpackedBytes };
}

/**
 * The entries of a zip archive that are wanted, unpacked. Those that are not count towards the limit all the same.
 *
 * @throws {InputError} `invalid_file` when the archive is damaged or unpacks to more than `maxBytes`.
 */
export async function unzip(
  name: string,
  bytes: Uint8Array,
  { maxBytes, wanted }: { maxBytes: number; wanted: (entry: string) => boolean },
): Promise<Map<string, Uint8Array>> {
  const parts = new Map<string, Buffer[]>();
  await walkZip(name, bytes, { maxBytes }, (entry) => {
    if (!wanted(entry)) return () => {};
    const own: Buffer[] = [];
    parts.set(entry, own);
    return (part) => own.push(part);
  });
  return new Map([...parts].map(([entry, own]) => [entry, Buffer.concat(own)]));
}

/** Hands every part of every entry, unpacked, to what `open` gives for the entry. */
function walkZip(
  name: string,
  bytes: Uint8Array,
  { maxBytes }: { maxBytes: number },
  open: (entry: string) => (part: Buffer) => void,
): Promise<void> {
  const damaged = (cause: unknown) => new InputError("invalid_file", `${name} is a damaged zip archive.`, { cause });
  const tooMuch = (limit: string) =>
    new InputError("invalid_file", `${name} unpacks to more than ${limit}.`, { hint: "save it again, smaller" });
  return new Promise((resolve, reject) => {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    yauzl.fromBuffer(view, { lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error) return reject(damaged(error));
      let unpackedBytes = 0;
      let entries = 0;
      zip.on("error", (cause) => reject(damaged(cause)));
      zip.on("end", () => resolve());
      zip.on("entry", (entry: yauzl.Entry) => {
        if (++entries > maxEntries) return reject(tooMuch(`${maxEntries} entries`));
        const take = open(entry.fileName);
        zip.openReadStream(entry, (openError, stream) => {
          if (openError) return reject(damaged(openError));
          stream.on("data", (part: Buffer) => {
            unpackedBytes += part.length;
            if (unpackedBytes <= maxBytes) return take(part);
            stream.destroy();
            reject(tooMuch(`${maxBytes / 1024 ** 2} MiB`));
          });
          stream.on("error", (cause) => reject(damaged(cause)));
          stream.on("end", () => zip.readEntry());
        });
      });
      zip.readEntry();
    });
  });
}
