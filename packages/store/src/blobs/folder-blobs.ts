import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { LoamError, NotFoundError, UnavailableError } from "@loam/core";
import { type BlobStore, checkKey } from "./blob-store.ts";

/** Blobs as files of a folder, one file per key; so `a` and `a/b` cannot both be keys, as they can in S3. */
export function openFolderBlobs(folder: string): BlobStore {
  const pathOf = (key: string) => join(folder, ...checkKey(key).split("/"));
  /** Readers see the old file or the new one, never a part. */
  const replace = async (path: string, key: string, write: (temporary: string) => Promise<void>) => {
    // A leading dot cannot occur in a key, so what a crash leaves behind is never taken for a blob.
    const temporary = join(dirname(path), `.${randomBytes(8).toString("hex")}.part`);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await write(temporary);
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {});
      throw cannotWrite(key, folder, cause);
    }
  };
  return {
    put: async (key, bytes) => {
      await replace(pathOf(key), key, (temporary) => writeDurably(temporary, (file) => file.writeFile(bytes)));
    },
    putStream: async (key, parts) => {
      let sizeBytes = 0;
      const write = async (file: FileHandle) => {
        for await (const part of parts) {
          await file.writeFile(part);
          sizeBytes += part.length;
        }
      };
      await replace(pathOf(key), key, (temporary) => writeDurably(temporary, write));
      return { sizeBytes };
    },
    // A clone where the file system makes them: no second copy, and what is written to one is not seen in the other.
    putFile: async (key, path) => {
      await replace(pathOf(key), key, async (temporary) => {
        await copyFile(path, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
        await syncFile(temporary);
      });
    },
    getFile: async (key, path) => {
      await copyFile(pathOf(key), path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL).catch((cause) =>
        missing(key, cause),
      );
    },
    get: async (key) => {
      const path = pathOf(key);
      return new Uint8Array(await readFile(path).catch((cause) => missing(key, cause)));
    },
    stream: async (key) => {
      const file = await open(pathOf(key)).catch((cause) => missing(key, cause));
      if (!(await file.stat()).isFile()) {
        await file.close();
        throw new NotFoundError("blob", key);
      }
      return Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array>;
    },
    delete: async (key) => {
      const path = pathOf(key);
      if (await isFile(path)) await rm(path, { force: true });
    },
    exists: async (key) => await isFile(pathOf(key)),
    list: (prefix = "") => listFiles(folder, prefix),
    close: async () => {},
  };
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The rename is durable only once the folder's own entry is. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // folders cannot be opened there
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* listFiles(folder: string, prefix: string, at = ""): AsyncGenerator<string> {
  const entries = await readdir(join(folder, at), { withFileTypes: true }).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  // A folder sorts as its files' keys do: with the slash.
  const names = entries
    .filter((entry) => !entry.name.startsWith("."))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort((a, b) => (a < b ? -1 : 1));
  for (const name of names) {
    const key = at + name;
    if (name.endsWith("/")) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* listFiles(folder, prefix, key);
    } else if (key.startsWith(prefix)) yield key;
  }
}

function missing(key: string, cause: NodeJS.ErrnoException): never {
  if (cause.code === "ENOENT" || cause.code === "EISDIR" || cause.code === "ENOTDIR") {
    throw new NotFoundError("blob", key, { cause });
  }
  throw cause;
}

function cannotWrite(key: string, folder: string, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (cause instanceof LoamError || code === undefined) return cause;
  const full = ["ENOSPC", "EDQUOT", "EFBIG"].includes(code);
  return new UnavailableError("blobs", `${key} was not written to ${folder} (${message}).`, {
    details: { key, folder, errno: code },
    hint: full ? "free some space on that disk, or set BLOB_URL to another place" : "check who may write that folder",
    cause,
  });
}
