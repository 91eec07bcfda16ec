import yauzl from "yauzl";
import { InputError } from "../errors/errors.ts";

/** What an archive holds. */
export interface ZipContents {
  entries: string[];
  unpackedBytes: number;
}

/**
 * Unpacks every entry of a zip archive to nowhere: what an archive says of itself need not be true, and office files are
 * archives. It stops at the limit.
 *
 * @throws {InputError} `invalid_file` when the archive is damaged or unpacks to more than `maxBytes`.
 */
export function measureZip(name: string, bytes: Uint8Array, { maxBytes }: { maxBytes: number }): Promise<ZipContents> {
  const damaged = (cause: unknown) => new InputError("invalid_file", `${name} is a damaged zip archive.`, { cause });
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(Buffer.from(bytes), { lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error) return reject(damaged(error));
      const entries: string[] = [];
      let unpackedBytes = 0;
      zip.on("error", (cause) => reject(damaged(cause)));
      zip.on("end", () => resolve({ entries, unpackedBytes }));
      zip.on("entry", (entry: yauzl.Entry) => {
        entries.push(entry.fileName);
        zip.openReadStream(entry, (openError, stream) => {
          if (openError) return reject(damaged(openError));
          stream.on("data", (part: Buffer) => {
            unpackedBytes += part.length;
            if (unpackedBytes <= maxBytes) return;
            stream.destroy();
            const limit = `${maxBytes / 1024 ** 2} MiB`;
            reject(
              new InputError("invalid_file", `${name} unpacks to more than ${limit}.`, {
                hint: "save it again, smaller",
              }),
            );
          });
          stream.on("error", (cause) => reject(damaged(cause)));
          stream.on("end", () => zip.readEntry());
        });
      });
      zip.readEntry();
    });
  });
}
