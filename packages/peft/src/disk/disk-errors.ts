import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { UnavailableError } from "@loam/core";

const reasons: Record<string, string> = {
  ENOSPC: "no space is left",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be larger than is allowed",
  EROFS: "it is read-only",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EIO: "the device reports an error",
};

/**
 * Runs what writes a file or folder, and tells failures of the disk in words: which path, how much was wanted, what is free.
 *
 * @throws {UnavailableError} for a full, read-only or failing disk; other errors stay as they are.
 */
export async function writing<T>(
  path: string,
  { what, sizeBytes }: { what: string; sizeBytes?: number },
  write: () => T | Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    const reason = reasons[code];
    if (reason === undefined) throw cause;
    const freeBytes = await freeSpace(path);
    const wanted = sizeBytes === undefined ? "" : `, about ${showBytes(sizeBytes)} wanted`;
    const free = freeBytes === undefined ? "" : ` (${showBytes(freeBytes)} free${wanted})`;
    throw new UnavailableError("disk", `${what} could not be written to ${path}: ${reason}${free}.`, {
      details: {
        path,
        code,
        ...(freeBytes !== undefined && { freeBytes }),
        ...(sizeBytes !== undefined && { sizeBytes }),
      },
      hint: "make room there, then start the same recipe again: it goes on from the last good checkpoint. `keep_checkpoints: 1` takes less space, another `output` another disk",
      cause,
    });
  }
}

/** Bytes that this user may still write where a path is going to be. */
async function freeSpace(path: string): Promise<number | undefined> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}

function showBytes(bytes: number): string {
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const)
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`;
  return `${bytes} bytes`;
}
