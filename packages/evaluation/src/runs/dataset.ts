import { createHash } from "node:crypto";
import { InputError, type Row, readRows } from "@loam/core";
import { type ReadScoreRowsOptions, toScoreRow } from "../corpus/read-score-rows.ts";
import type { ScoreRow } from "../metrics/metric.ts";

/** One case of a dataset. */
export interface DatasetRow extends Omit<ScoreRow, "prediction"> {
  /** The `id` column, else the position counted from 1. */
  id: string;
  /** The row as it was read; prompts take their fields from here. */
  fields: Row;
}

export interface Dataset {
  name: string;
  rows: readonly DatasetRow[];
  /** Which column holds what, where that was said. */
  columns?: ReadScoreRowsOptions["columns"];
  /** Hash of all rows, so that runs on different data are not compared unawares. */
  hash: string;
}

/**
 * A dataset from rows at hand. Columns are told by their names as in {@link readScoreRows}.
 *
 * @throws {InputError} `no_rows`.
 */
export function makeDataset(
  rows: readonly Row[],
  { name = "rows", columns }: { name?: string; columns?: ReadScoreRowsOptions["columns"] } = {},
): Dataset {
  const seen = new Map<string, number>();
  const cases = rows.map((fields, i): DatasetRow => {
    // A dataset needs no predictions, systems make them; a column of that name is left to `columnSystem`.
    const named = { ...columns, prediction: "prediction" };
    const { prediction: _, ...scored } = toScoreRow({ ...fields, prediction: "" }, name, i + 1, { columns: named });
    const id = fields.id === undefined || fields.id === null ? String(i + 1) : String(fields.id);
    const other = seen.get(id);
    if (other !== undefined) {
      throw new InputError("bad_rows", `${name}: rows ${other} and ${i + 1} have the same id ${JSON.stringify(id)}.`, {
        hint: "give each row an id of its own, or none at all",
      });
    }
    seen.set(id, i + 1);
    return { id, fields, ...scored };
  });
  if (cases.length === 0)
    throw new InputError("no_rows", `${name} holds no rows.`, { hint: "give a file with one row at least" });
  return { name, rows: cases, hash: hashOf(rows), ...(columns && { columns }) };
}

/** A dataset from a file: JSON Lines, JSON, CSV, TSV, Excel or Parquet. */
export async function readDataset(
  path: string,
  { columns, limit = Number.POSITIVE_INFINITY, signal }: ReadScoreRowsOptions & { limit?: number } = {},
): Promise<Dataset> {
  const rows: Row[] = [];
  for await (const { row } of readRows(path, { signal })) {
    if (rows.length >= limit) break;
    rows.push(row);
  }
  return makeDataset(rows, { name: path, columns });
}

/** The same for the same values, whatever made them. */
export function hashOf(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
