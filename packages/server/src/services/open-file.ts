import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Platform } from "@loam/platform";
import type { OpenedFile } from "@loam/recommend";

/** Files that a request names by their id, on this disk until they are disposed of. */
export function uploadedFiles({ files }: Pick<Platform, "files">): (id: string) => Promise<OpenedFile> {
  return async (id) => {
    const file = await files.getFor("", id, { name: "file" });
    const folder = await mkdtemp(join(tmpdir(), "loam-file-"));
    const { filename: fileName } = file.body;
    // Only the ending is the client's: it tells the format.
    const path = join(folder, `file${/(?:\.[a-z]+)?(?:\.gz)?$/i.exec(fileName)![0].toLowerCase()}`);
    const dispose = () => rm(folder, { recursive: true, force: true });
    try {
      await pipeline(Readable.from(await files.content(file)), createWriteStream(path));
    } catch (error) {
      await dispose();
      throw error;
    }
    return { path, fileName, [Symbol.asyncDispose]: dispose };
  };
}
