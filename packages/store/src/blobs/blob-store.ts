import { ArgumentError } from "@loam/core";

/** Bytes by key: original files, page and figure images. Keys look like `documents/doc_3k9v/original.pdf`. */
export interface BlobStore {
  /** Writes the whole value: readers see the old one or the new one, never a part. Durable once it resolves. */
  put(key: string, bytes: Uint8Array, options?: { contentType?: string }): Promise<void>;
  /**
   * Writes a value that comes in parts, holding few of them at a time; what breaks off leaves nothing behind.
   *
   * @returns how many bytes it has.
   */
  putStream(
    key: string,
    parts: AsyncIterable<Uint8Array>,
    options?: { contentType?: string },
  ): Promise<{ sizeBytes: number }>;
  /** Writes what a file holds; where blobs are files, without its bytes being written again if the disk can do that. */
  putFile(key: string, path: string): Promise<void>;
  /** Writes a value to a file that is not there yet, in the same way. @throws {NotFoundError} */
  getFile(key: string, path: string): Promise<void>;
  /** @throws {NotFoundError} */
  get(key: string): Promise<Uint8Array>;
  /** @throws {NotFoundError} before the first byte. */
  stream(key: string): Promise<ReadableStream<Uint8Array>>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** The keys that begin with `prefix`, in order. */
  list(prefix?: string): AsyncIterable<string>;
  close(): Promise<void>;
}

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/**
 * Keys are `/`-separated names of letters, digits, `.`, `_` and `-` that begin with a letter or digit: valid as
 * file names and as S3 keys, and unable to climb out of the folder.
 * @throws {ArgumentError}
 */
export function checkKey(key: string): string {
  if (key.length <= 900 && key.split("/").every((segment) => SEGMENT.test(segment))) return key;
  throw new ArgumentError("key", key, "names of letters, digits, `.`, `_` and `-`, joined by `/`");
}
