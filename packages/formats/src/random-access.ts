import { open, stat } from "node:fs/promises";
import { InputError, NotFoundError } from "@loam/core";

/** A file read at offsets, for formats whose parts are wanted one at a time. */
export interface RandomAccessFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Exactly `length` bytes from `offset`, in a fresh buffer that starts at a multiple of 8. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** One read call takes at most this many bytes: Linux and libuv stop below 2 GiB. */
const LARGEST_READ_BYTES = 1 << 30;

/**
 * @throws {NotFoundError} when there is no such file.
 * @throws {InputError} `not_a_file` for a folder; `truncated` when a read reaches past the end.
 */
export async function openRandomAccess(path: string): Promise<RandomAccessFile> {
  const notOpened = (cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") throw new NotFoundError("file", path, { cause, hint: "check the path" });
    throw new InputError("unreadable", `${path} cannot be opened: ${cause.message}.`, {
      hint: "check the path and that you may read it",
      cause,
    });
  };
  // Before it is opened: opening a pipe waits for its writer.
  const stats = await stat(path).catch(notOpened);
  if (!stats.isFile()) throw new InputError("not_a_file", `${path} is not a file.`, { hint: "name the file itself" });
  const file = await open(path, "r").catch(notOpened);
  return {
    path,
    sizeBytes: stats.size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, Math.min(length - done, LARGEST_READ_BYTES), offset + done);
        if (bytesRead === 0) {
          throw new InputError(
            "truncated",
            `${path}: ${length} bytes wanted at offset ${offset}, but the file ends after ${done} of them.`,
            { details: { path, offset, length, found: done }, hint: "download the file again" },
          );
        }
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}
