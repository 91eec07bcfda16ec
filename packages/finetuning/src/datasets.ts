import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { type DatasetReport, type Example, newReport, readExamples } from "@loam/peft";
import { dropShelved, findShelved, listShelf, newId, type Shelf, shelve, takeShelved } from "@loam/store";
import type { FetchOptions, TuneFolders } from "./folders.ts";

/** A file of examples that was added. */
export interface Dataset {
  id: string;
  /** The file's name as it was given. */
  name: string;
  sizeBytes: number;
  /** Rows that can be learned from. */
  rows: number;
  skipped: number;
  /** The first rows that cannot be used, and why. */
  problems: { line: number; reason: string }[];
  /** What the rows are. */
  kinds: Example["kind"][];
  createdAt: string;
}

const shelfOf = ({ store, datasets }: TuneFolders): Shelf<Dataset> => ({
  ...{ store, kind: "dataset", folder: datasets },
  describe: async (path) => {
    const text = await readFile(join(path, "dataset.json"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Dataset);
  },
});

/** What a dataset may come as. */
export const datasetFormats = /\.(jsonl|ndjson|json|csv|tsv|xlsx|parquet|txt|md)$/i;

/** Rows to begin with, for whoever has none. */
const samplePath = join(import.meta.dirname, "../sample/garden.jsonl");

/**
 * Adds a file, reading all of it first.
 *
 * @throws {InputError} when it is of no format that can be read, or no row can be learned from: names the first line that
 *   cannot and why.
 */
export async function addDataset(
  folders: TuneFolders,
  { name, bytes }: { name: string; bytes: Uint8Array },
  { signal }: { signal?: AbortSignal } = {},
): Promise<Dataset> {
  if (!datasetFormats.test(name)) {
    throw new InputError("unknown_format", `${name} is of no format that examples come in.`, {
      details: { name },
      hint: "send .jsonl, .json, .csv, .tsv, .xlsx, .parquet, .txt or .md",
    });
  }
  const id = newId("data");
  const part = join(folders.datasets, `.${id}`);
  await mkdir(part, { recursive: true });
  try {
    const path = join(part, rowsFile(name));
    await writeFile(path, bytes);
    const { report, kinds } = await readThrough(path, name, signal);
    const dataset: Dataset = {
      id,
      name,
      sizeBytes: bytes.length,
      rows: report.kept,
      skipped: report.skipped,
      problems: report.skippedRows.slice(0, 10).map(({ line, reason }) => ({ line, reason })),
      kinds: [...kinds],
      createdAt: new Date().toISOString(),
    };
    await writeFile(join(part, "dataset.json"), `${JSON.stringify(dataset, null, 2)}\n`);
    await rename(part, join(folders.datasets, id));
    await shelve(shelfOf(folders), { name: id, info: dataset, signal });
    return dataset;
  } catch (error) {
    for (const path of [part, join(folders.datasets, id)]) await rm(path, { recursive: true, force: true });
    throw error;
  }
}

/** Adds the rows that come with Loam. */
export async function addSampleDataset(folders: TuneFolders): Promise<Dataset> {
  return await addDataset(folders, { name: "garden.jsonl", bytes: await readFile(samplePath) });
}

/** Newest first. */
export async function listDatasets(folders: TuneFolders): Promise<Dataset[]> {
  const found = (await listShelf(shelfOf(folders))).map(({ info }) => info);
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** The file of a dataset. `fetch: "later"`: where it will lie, if it is anywhere. @throws {NotFoundError} */
export async function datasetPath(
  folders: TuneFolders,
  id: string,
  { fetch = "now" }: FetchOptions = {},
): Promise<string> {
  if (/^data_\w+$/.test(id)) {
    const info = fetch === "later" ? await findShelved(shelfOf(folders), id) : undefined;
    if (info) return join(folders.datasets, id, rowsFile(info.name));
    const path = await takeShelved(shelfOf(folders), id);
    const rows = path && (await readdir(path)).find((name) => name.startsWith("rows."));
    if (rows) return join(path, rows);
  }
  throw new NotFoundError("dataset", id, { known: (await listDatasets(folders)).map((dataset) => dataset.id) });
}

/** Deletes a dataset; adapters that learned from it stay. @throws {NotFoundError} */
export async function deleteDataset(folders: TuneFolders, id: string): Promise<void> {
  await datasetPath(folders, id);
  await dropShelved(shelfOf(folders), id);
}

const rowsFile = (name: string): string => `rows${extname(name).toLowerCase()}`;

async function readThrough(
  path: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<{ report: DatasetReport; kinds: Set<Example["kind"]> }> {
  const report = newReport();
  const kinds = new Set<Example["kind"]>();
  try {
    for await (const { kind } of readExamples(path, { preferences: true, signal }, report)) kinds.add(kind);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const first = report.skippedRows[0];
    throw new InputError(error.code, `${name} holds nothing to learn from: ${report.read} rows read, none of use.`, {
      details: { read: report.read, skipped: report.skipped },
      hint: first
        ? `line ${first.line}: ${first.reason}`
        : "give rows with instruction and output, messages, conversations, or text",
      cause: error,
    });
  }
  return { report, kinds };
}
