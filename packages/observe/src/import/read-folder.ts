import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { NotFoundError } from "@loam/core";

/** The files below a folder (or the file itself) whose names fit, by their paths with `/`. @throws {NotFoundError} */
export async function filesBelow(path: string, fits: (name: string) => boolean): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new NotFoundError("file", path, { hint: "give the path of a file or a folder" });
  if (found.isFile()) return fits(path) ? [path] : [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && fits(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A path below a folder as clients write it. */
export function below(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/");
}

/** The text of a file, or undefined when there is none. */
export async function textOfFile(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}
