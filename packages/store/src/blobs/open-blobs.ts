import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BlobStore } from "./blob-store.ts";
import { openFolderBlobs } from "./folder-blobs.ts";

/** Opens `s3://bucket/prefix?…`, `file:///folder` or a folder's path. */
export function openBlobs(url: string): BlobStore {
  return openFolderBlobs(url.startsWith("file:") ? fileURLToPath(url) : resolve(url));
}
