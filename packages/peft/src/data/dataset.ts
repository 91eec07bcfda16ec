import { createHash } from "node:crypto";
import { glob, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError, LoamError, NotFoundError, type RowAt, readRows } from "@loam/core";
import { detectFormat, type Example, type ExampleFormat, toExample } from "./example.ts";

/** A row that was left out, and why. */
export interface SkippedRow {
  file: string;
  line: number;
  /** The field that was wrong, where it was one. */
  field?: string;
  reason: string;
}

/** An example and where it stood. */
export interface LocatedExample {
  example: Example;
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
  signal?: AbortSignal;
}

const rowFile = /\.(json|jsonl|ndjson|csv|tsv|parquet)(\.gz)?$/i;
const textFile = /\.(txt|md)$/i;

/** Files of a dataset: the path itself, or every file a folder holds that can be read, in the order of their names. */
export async function datasetFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch((cause) => {
    throw new NotFoundError("dataset", path, { cause, hint: "give a file or a folder" });
  });
  if (info.isFile()) return [path];
  const files: string[] = [];
  for await (const name of glob("**/*", { cwd: path }))
    if (rowFile.test(name) || textFile.test(name)) files.push(join(path, name));
  if (files.length === 0) {
    throw new InputError("empty_dataset", `${path} holds no file that can be read.`, {
      hint: "put .json, .jsonl, .csv, .parquet or .txt files there",
    });
  }
  return files.sort();
}

/** {@link readLocatedExamples} without the places. */
export async function* readExamples(
  path: string,
  options: ReadExamplesOptions = {},
  report: DatasetReport = newReport(),
): AsyncGenerator<Example> {
  for await (const { example } of readLocatedExamples(path, options, report)) yield example;
}

/**
 * Reads examples one by one, in constant memory (a hash per row with `dedup`). `report` is filled as rows are read.
 *
 * @throws {InputError} `bad_example` with file, line and field when `onBadRow` is `error`, or `empty_dataset` when no row is left.
 */
export async function* readLocatedExamples(
  path: string,
  { format, onBadRow = "skip", dedup = false, limit = Number.POSITIVE_INFINITY, signal }: ReadExamplesOptions = {},
  report: DatasetReport = newReport(),
): AsyncGenerator<LocatedExample> {
  const seen = new Set<string>();
  for (const file of await datasetFiles(path)) {
    for await (const { row, line } of textFile.test(file) ? textRows(file) : readRows(file, { signal })) {
      if (report.kept >= limit) return;
      report.read++;
      let example: Example;
      try {
        example = toExample(row, format ?? detectFormat(row));
      } catch (cause) {
        if (onBadRow === "error" || !(cause instanceof LoamError)) throw atRow(cause, file, line);
        report.skipped++;
        const { field } = cause.details as { field?: string };
        if (report.skippedRows.length < 100)
          report.skippedRows.push({ file, line, ...(field && { field }), reason: cause.message });
        continue;
      }
      if (dedup) {
        const hash = createHash("sha256").update(JSON.stringify(example)).digest("base64");
        if (seen.has(hash)) {
          report.duplicates++;
          continue;
        }
        seen.add(hash);
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
          : "give rows with instruction and output, messages, conversations, or text",
      },
    );
  }
}

export function newReport(): DatasetReport {
  return { read: 0, kept: 0, duplicates: 0, skipped: 0, skippedRows: [] };
}

/** A text file is one example per paragraph block set apart by blank lines. */
async function* textRows(file: string): AsyncGenerator<RowAt> {
  const text = await readFile(file, "utf8");
  let line = 1;
  for (const block of text.split(/\n\s*\n/)) {
    if (block.trim()) yield { row: { text: block.trim() }, line };
    line += block.split("\n").length + 1;
  }
}

function atRow(cause: unknown, file: string, line: number): unknown {
  if (!(cause instanceof LoamError)) return cause;
  return new InputError(cause.code, `${file}, row ${line}: ${cause.message}`, {
    details: { ...cause.details, file, line },
    cause,
  });
}
