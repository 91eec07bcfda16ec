import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type LoamError, NotFoundError } from "@loam/core";

/** Files to read, and what was wrong with the rest. */
export interface FoundFiles {
  files: string[];
  problems: { path: string; error: LoamError }[];
}

/** Files as they are, folders as the PDFs in and below them, in order and each once. */
export async function findPdfs(paths: readonly string[]): Promise<FoundFiles> {
  const files: string[] = [];
  const problems: FoundFiles["problems"] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => cause);
    if (found instanceof Error) problems.push({ path, error: missing(path, found) });
    else if (!found.isDirectory()) files.push(path);
    else {
      const inside = await pdfsBelow(path);
      files.push(...inside);
      if (inside.length === 0)
        problems.push({
          path,
          error: new InputError("no_pdf", `${path} holds no PDF.`, { hint: "give the PDFs by name" }),
        });
    }
  }
  return { files: [...new Set(files)], problems };
}

async function pdfsBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => /\.pdf$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function missing(path: string, cause: NodeJS.ErrnoException): LoamError {
  return cause.code === "ENOENT"
    ? new NotFoundError("File", path, { hint: "check the path", cause })
    : new InputError("unreadable_file", `${path} cannot be read (${cause.message}).`, {
        hint: "check who may read it",
        cause,
      });
}
