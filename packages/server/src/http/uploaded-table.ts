import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError } from "@loam/core";
import { readUpload, type UploadLimits } from "./upload.ts";

/**
 * Hands the one table of a multipart body to `use`, as a file: a table may be larger than memory.
 *
 * @param use is given a path that is gone afterwards, and the name the client gave
 * @throws {ArgumentError} when there is none.
 */
export async function withUploadedTable<T>(
  request: Request,
  limits: UploadLimits,
  use: (path: string, name: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "loam-table-"));
  try {
    for await (const file of readUpload(request, { ...limits, files: 1 }, { accepts: "any" })) {
      if ("error" in file) throw file.error;
      // Only the ending is the client's: it tells the format.
      const ending = /(?:\.[a-z]+)?(?:\.gz)?$/i.exec(file.name)![0].toLowerCase();
      const path = join(folder, `table${ending}`);
      await writeFile(path, file.bytes);
      return await use(path, file.name);
    }
    throw new ArgumentError("file", undefined, "one file", 'send it as a form field: `curl -F "file=@table.csv" …`');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
