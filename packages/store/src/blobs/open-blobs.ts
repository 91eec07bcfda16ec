import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError } from "@loam/core";
import type { BlobStore } from "./blob-store.ts";
import { openFolderBlobs } from "./folder-blobs.ts";

/**
 * Opens `s3://bucket/prefix?…`, `file:///folder` or a folder's path.
 *
 * @param timeoutSeconds of a request to S3; 30 when left out
 *
 * @throws {ArgumentError} for an address that is neither s3:// nor a folder.
 */
export async function openBlobs(url: string, { timeoutSeconds }: { timeoutSeconds?: number } = {}): Promise<BlobStore> {
  if (url.startsWith("s3:")) {
    // The AWS SDK takes a while to load, and few need it.
    const { openS3Blobs } = await import("./s3-blobs.ts");
    return openS3Blobs(url, { timeoutSeconds });
  }
  if (url.startsWith("file:")) return openFolderBlobs(fileURLToPath(url));
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(url)) {
    throw new ArgumentError("blobUrl", url.replace(/\/\/[^/@]*@/, "//****@"), "s3://bucket/prefix, or a folder");
  }
  return openFolderBlobs(resolve(url));
}
