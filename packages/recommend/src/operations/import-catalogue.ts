import { operation } from "@loam/core";
import { z } from "zod";
import type { Catalogues } from "../catalogues/catalogues-types.ts";
import { catalogueFields } from "../items/catalogue-fields.ts";

/** A file that an input names, on this disk. */
export interface OpenedFile extends AsyncDisposable {
  path: string;
  /** What it is called, where the path is a temporary one. */
  fileName?: string;
}

const fileName = z.string().min(1).max(4000);
const columnName = z.string().min(1).max(200);

export const ImportCatalogueInput = z.strictObject({
  file: fileName.describe("file with a column of titles; its path, or on a server the id of a file that was uploaded"),
  name: z.string().trim().min(1).max(200).optional().describe("what to call it; the file's name when left out"),
  ratings: fileName.optional().describe("file of ratings: user_id, book_id, rating"),
  columns: z
    .partialRecord(z.enum(catalogueFields), z.array(columnName).min(1).max(50))
    .optional()
    .describe("which columns of the file are what, where their headers do not say it"),
});

export const importCatalogueOperation = operation({
  name: "catalogue.import",
  summary: "Import books into the store: CSV, TSV, Excel, JSON, JSON Lines or Parquet",
  description:
    "The same file again costs nothing; another one under the same name takes its place when it is complete, and feedback " +
    "stays. Embedding it, for comparing by meaning, is work of its own.",
  lasts: "moment",
  input: ImportCatalogueInput,
  run: async (
    { catalogues, open }: { catalogues: Catalogues; open(file: string): Promise<OpenedFile> },
    { file, ratings, ...options },
    { signal, progress: onProgress },
  ) => {
    await using items = await open(file);
    const steps = { ...options, fileName: items.fileName, signal, onProgress };
    if (ratings === undefined) return await catalogues.add(items.path, steps);
    await using rated = await open(ratings);
    return await catalogues.add(items.path, { ...steps, ratings: rated.path });
  },
});

/** Files that are named by their paths. */
export const openPath = async (path: string): Promise<OpenedFile> => ({ path, [Symbol.asyncDispose]: async () => {} });
