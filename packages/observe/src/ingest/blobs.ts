import { createHash } from "node:crypto";
import { ArgumentError } from "@loam/core";
import type { Store } from "@loam/store";

/**
 * The key of bytes that clients have sent, by what they are: the same bytes are kept once.
 *
 * @throws {ArgumentError} unless sha256 is 64 hex digits.
 */
export function blobKey(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new ArgumentError("sha256", sha256, "64 hex digits");
  return `observe/${sha256.slice(0, 2)}/${sha256}`;
}

/** Writes bytes, unless they are there already. @returns their SHA-256. */
export async function putBlob(store: Store, bytes: Uint8Array): Promise<string> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const key = blobKey(sha256);
  if (!(await store.blobs.exists(key))) await store.blobs.put(key, bytes);
  return sha256;
}
