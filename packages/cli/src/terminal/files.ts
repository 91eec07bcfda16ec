import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type LoamError, NotFoundError } from "@loam/core";
import { documentEndings, isDocumentName } from "@loam/pdf/document-names";

/** Files to read, and what was wrong with the rest. */
export interface FoundFiles {
  files: string[];
  problems: { path: string; error: LoamError }[];
}

/** Files as they are, folders as the documents in and below them, in order and each once. */
export async function findDocuments(paths: readonly string[]): Promise<FoundFiles> {
  const files: string[] = [];
  const problems: FoundFiles["problems"] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => cause);
    if (found instanceof Error) problems.push({ path, error: missing(path, found) });
    else if (!found.isDirectory()) files.push(path);
    else {
      const inside = await documentsBelow(path);
      files.push(...inside);
      if (inside.length === 0)
        problems.push({
          path,
          error: new InputError("no_documents", `${path} holds no document that is read.`, {
            hint: `those end in ${documentEndings.slice(0, 8).join(", ")}, …; give others by name`,
          }),
        });
    }
  }
  return { files: [...new Set(files)], problems };
}

async function documentsBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => isDocumentName(name) && !/(?:^|[/\\])(?:\.|node_modules[/\\])/.test(name))
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
