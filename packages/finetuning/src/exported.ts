import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { NotFoundError } from "@loam/core";
import { bytesWritten } from "@loam/peft";
import { dropShelved, findShelved, listShelf, type Shelf, shelve, takeShelved } from "@loam/store";
import { folderName, type TuneFolders } from "./folders.ts";

/** What was written of a tuned model for other programs. */
export interface ExportInfo {
  /** The name of its folder. */
  id: string;
  /** A file for llama.cpp, a folder for transformers.js, a project for another engine. */
  form: "gguf" | "onnx" | "project";
  sizeBytes: number;
  createdAt: string;
}

const shelfOf = ({ store, exports }: TuneFolders): Shelf<ExportInfo> => ({
  ...{ store, kind: "export", folder: exports },
  describe: async (path, name) => {
    const form = existsSync(join(path, name)) ? "gguf" : existsSync(join(path, "launch.sh")) ? "project" : "onnx";
    if (form === "onnx" && !existsSync(join(path, "onnx"))) return undefined;
    const { mtime } = await stat(path);
    return { id: name, form, sizeBytes: await bytesWritten(path), createdAt: mtime.toISOString() };
  },
});

/** Newest first. */
export async function listExports(folders: TuneFolders): Promise<ExportInfo[]> {
  const found = (await listShelf(shelfOf(folders))).map(({ info }) => info);
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** The files of an export, by their names within it. @throws {NotFoundError} */
export async function exportFiles(folders: TuneFolders, id: string): Promise<{ name: string; path: string }[]> {
  const folder = await takeShelved(shelfOf(folders), folderName(id));
  if (folder === undefined) throw await noExport(folders, id);
  return (await filesIn(folder)).map((path) => ({ name: relative(folder, path), path }));
}

/** @throws {NotFoundError} */
export async function deleteExport(folders: TuneFolders, id: string): Promise<void> {
  if (!(await hasExport(folders, id))) throw await noExport(folders, id);
  await dropShelved(shelfOf(folders), id);
}

export async function hasExport(folders: TuneFolders, id: string): Promise<boolean> {
  return (await findShelved(shelfOf(folders), folderName(id))) !== undefined;
}

/** Says that an export is whole: from now on every server has it. */
export async function shelveExport(folders: TuneFolders, name: string): Promise<void> {
  const info = await shelfOf(folders).describe(join(folders.exports, name), name);
  if (info) await shelve(shelfOf(folders), { name, info });
}

async function noExport(folders: TuneFolders, id: string): Promise<NotFoundError> {
  return new NotFoundError("export", id, { known: (await listExports(folders)).map((known) => known.id) });
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort();
}
