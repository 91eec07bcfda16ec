import { createReadStream, existsSync } from "node:fs";
import { glob, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { InputError, LoamError, NotFoundError, type Row, type RowAt, readRows } from "@loam/core";
import { type PullOptions, pullDataset } from "@loam/models";
import { detectFormat, type Example, type ExampleFormat, toExample } from "./example.ts";
import { isPreference, toPreference } from "./preference.ts";
import { SeenRows } from "./seen-rows.ts";

/** A row that was left out, and why. */
export interface SkippedRow {
  file: string;
  line: number;
  /** The field that was wrong, where it was one. */
  field?: string;
  reason: string;
}

/** An example and where it stood. */
export interface LocatedExample<T = Example> {
  example: T;
  file: string;
  line: number;
}

/** What reading a dataset came to; nothing is dropped without being counted here. */
export interface DatasetReport {
  read: number;
  kept: number;
  duplicates: number;
  skipped: number;
  /** The first hundred skipped rows. */
  skippedRows: SkippedRow[];
}

export interface ReadExamplesOptions {
  /** Told from each row's fields when left out. */
  format?: ExampleFormat;
  /** `skip` counts rows that cannot be read, `error` stops at the first. */
  onBadRow?: "skip" | "error";
  /** Leave out rows equal to an earlier one. */
  dedup?: boolean;
  limit?: number;
  /** `train`, `test`, …: the files of a folder or hub dataset with that word in their path. */
  split?: string;
  /** Branch, tag or commit of a hub dataset. */
  revision?: string;
  /** The files to read, where they have been found already. */
  files?: readonly string[];
  signal?: AbortSignal;
}

const rowFile = /\.(json|jsonl|ndjson|csv|tsv|xlsx|parquet)(\.gz)?$/i;
const textFile = /\.(txt|md)$/i;

/**
 * The file or folder that a dataset's name stands for: a path as it is, and for a hub id (`tatsu-lab/alpaca`) the folder in the
 * hub's cache, downloaded where it is not complete.
 *
 * @throws {NotFoundError} when there is neither. @throws {UnavailableError} when the hub cannot be reached.
 */
export async function datasetPath(
  name: string,
  options: Pick<PullOptions, "revision" | "download" | "signal" | "onProgress"> = {},
): Promise<string> {
  if (existsSync(name)) return name;
  if (!isHubId(name))
    throw new NotFoundError("dataset", name, { hint: "give a file, a folder or a hub id (owner/name)" });
  return pullDataset(name, options);
}

/** Files of a dataset by path or hub id; of a hub dataset without a `split` those to train on. */
export async function datasetFilesOf(
  name: string,
  { split, ...pull }: { split?: string } & Parameters<typeof datasetPath>[1] = {},
): Promise<string[]> {
  const path = await datasetPath(name, pull);
  return datasetFiles(path, { split: split ?? (path === name ? undefined : "train") });
}

const isHubId = (name: string): boolean =>
  /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name) && !rowFile.test(name) && !textFile.test(name);

/** Names of splits as they stand in paths; the rule of the hub's own viewer. */
const splitNames: Record<string, readonly string[]> = {
  train: ["train", "training"],
  validation: ["validation", "valid", "val", "dev"],
  test: ["test", "testing", "eval", "evaluation"],
};

/**
 * Files of a dataset: the path itself, or every file a folder holds that can be read, in the order of their names. With a
 * split, those that have its name in their path; "train" also takes a folder whose files name no split.
 *
 * @throws {InputError} `empty_dataset`.
 * @throws {NotFoundError} for a split that is not there.
 */
export async function datasetFiles(path: string, { split }: { split?: string } = {}): Promise<string[]> {
  const info = await stat(path).catch((cause) => {
    throw new NotFoundError("dataset", path, { cause, hint: "give a file or a folder" });
  });
  if (info.isFile()) return [path];
  const names: string[] = [];
  for await (const name of glob("**/*", { cwd: path })) if (rowFile.test(name) || textFile.test(name)) names.push(name);
  if (names.length === 0) {
    throw new InputError("empty_dataset", `${path} holds no file that can be read.`, {
      hint: "put .json, .jsonl, .csv, .parquet or .txt files there",
    });
  }
  const chosen = split === undefined ? names : namesOfSplit(names, split);
  if (chosen.length === 0) {
    throw new NotFoundError("split", split!, {
      known: [...new Set(names.flatMap((name) => splitOf(name) ?? []))],
      details: { path, files: names },
      hint: `the files of ${path} are ${names.sort().slice(0, 8).join(", ")}`,
    });
  }
  return chosen.sort().map((name) => join(path, name));
}

function namesOfSplit(names: readonly string[], split: string): string[] {
  const ofSplit = names.filter((name) => splitOf(name) === split || wordsOf(name).includes(split));
  return ofSplit.length === 0 && split === "train" ? names.filter((name) => splitOf(name) === undefined) : ofSplit;
}

const wordsOf = (name: string): string[] => name.toLowerCase().split(/[^a-z0-9]+/);

const splitOf = (name: string): string | undefined =>
  Object.keys(splitNames).find((split) => splitNames[split]!.some((word) => wordsOf(name).includes(word)));

/** {@link readLocatedExamples} without the places; with `preferences`, rows of preferences too, by the answer that is preferred. */
export async function* readExamples(
  path: string,
  { preferences = false, ...options }: ReadExamplesOptions & { preferences?: boolean } = {},
  report: DatasetReport = newReport(),
): AsyncGenerator<Example> {
  const { format } = options;
  const toItem = (row: Row): Example =>
    preferences && isPreference(row) ? toPreference(row).chosen : toExample(row, format ?? detectFormat(row));
  for await (const { example } of readLocatedExamples(path, { ...options, toItem }, report)) yield example;
}

/**
 * Reads examples one by one, in constant memory (32 bytes a row with `dedup`). `report` is filled as rows are read.
 *
 * @param path file, folder or hub id
 * @param options.toItem how a row is read; left out, as an example of its format
 * @throws {InputError} `bad_example` with file, line and field when `onBadRow` is `error`, or `empty_dataset` when no row is left.
 */
export async function* readLocatedExamples<T = Example>(
  path: string,
  {
    format,
    onBadRow = "skip",
    dedup = false,
    limit = Number.POSITIVE_INFINITY,
    signal,
    toItem = (row) => toExample(row, format ?? detectFormat(row)) as T,
    ...where
  }: ReadExamplesOptions & { toItem?: (row: Row) => T } = {},
  report: DatasetReport = newReport(),
): AsyncGenerator<LocatedExample<T>> {
  const seen = new SeenRows();
  const files = where.files ?? (await datasetFilesOf(path, { ...where, signal }));
  for (const file of files) {
    const skip = (line: number, { message: reason, details }: LoamError): void => {
      report.skipped++;
      const { field } = details as { field?: string };
      if (report.skippedRows.length < 100) report.skippedRows.push({ file, line, ...(field && { field }), reason });
    };
    const onBadLine = (error: InputError, line: number): void => {
      report.read++;
      skip(line, error);
    };
    const rows = textFile.test(file)
      ? textRows(file)
      : readRows(file, { signal, ...(onBadRow === "skip" && { onBadRow: onBadLine }) });
    for await (const { row, line } of rows) {
      if (report.kept >= limit) return;
      report.read++;
      let example: T;
      try {
        example = toItem(row);
      } catch (cause) {
        if (onBadRow === "error" || !(cause instanceof LoamError)) throw atRow(cause, file, line);
        skip(line, cause);
        continue;
      }
      if (dedup && !seen.add(JSON.stringify(example))) {
        report.duplicates++;
        continue;
      }
      report.kept++;
      yield { example, file, line };
    }
  }
  if (report.kept === 0) {
    const first = report.skippedRows[0];
    throw new InputError(
      "empty_dataset",
      `${path} holds no row to learn from: ${report.read} read, ${report.skipped} skipped.`,
      {
        details: { ...report },
        hint: first
          ? `the first one, ${first.file} line ${first.line}: ${first.reason}`
          : "give rows with instruction and output, messages, conversations, prompt and completion, or text",
      },
    );
  }
}

/**
 * Counts a row as skipped that could be read, and then not be used.
 *
 * @throws the error where it does not speak of what the row says.
 */
export function leaveOut(report: DatasetReport, { file, line }: { file: string; line: number }, error: unknown): void {
  if (!(error instanceof LoamError) || !rowErrors.has(error.code)) throw error;
  report.kept--;
  report.skipped++;
  if (report.skippedRows.length < 100) report.skippedRows.push({ file, line, reason: error.message });
}

/** Codes of errors that speak of what a row says, not of the model. */
const rowErrors: ReadonlySet<string> = new Set(["chat_template", "invalid_argument", "bad_example"]);

export function newReport(): DatasetReport {
  return { read: 0, kept: 0, duplicates: 0, skipped: 0, skippedRows: [] };
}

/** A text file is one example per paragraph block set apart by blank lines. */
async function* textRows(file: string): AsyncGenerator<RowAt> {
  const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  let block: string[] = [];
  let line = 0;
  const row = (): RowAt => ({ row: { text: block.join("\n").trim() }, line: line - block.length });
  for await (const text of lines) {
    line++;
    if (text.trim() !== "") block.push(text);
    else {
      if (block.length > 0) yield row();
      block = [];
    }
  }
  line++;
  if (block.length > 0) yield row();
}

/** An error with the row that it speaks of. */
export function atRow(cause: unknown, file: string, line: number): unknown {
  if (!(cause instanceof LoamError)) return cause;
  return new InputError(cause.code, `${file}, row ${line}: ${cause.message}`, {
    details: { ...cause.details, file, line },
    cause,
  });
}
