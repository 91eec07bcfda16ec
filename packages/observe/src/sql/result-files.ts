import { csvField } from "@loam/core";
import type { ReadResult } from "@loam/store";
import { parquetWriteBuffer } from "hyparquet-writer";

/** The result as CSV, its columns' names first. */
export function resultToCsv({ columns, rows }: ReadResult): string {
  const lines = [columns.map(({ name }) => csvField(name)), ...rows.map((row) => row.map(csvField))];
  return `${lines.map((line) => line.join(",")).join("\n")}\n`;
}

/** The result as Parquet: numbers as doubles, truths as booleans, everything else as text. Names that come twice are numbered. */
export function resultToParquet({ columns, rows }: ReadResult): Uint8Array {
  const taken = new Map<string, number>();
  const columnData = columns.map(({ name, type }, i) => {
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    const values = rows.map((row) => row[i]);
    const shared = { name: times === 1 ? name : `${name}_${times}`, nullable: true };
    if (type === "boolean") return { ...shared, data: values as (boolean | null)[], type: "BOOLEAN" as const };
    if (["integer", "bigint", "double", "numeric"].includes(type))
      return {
        ...shared,
        data: values.map((value) => (value === null ? null : Number(value))),
        type: "DOUBLE" as const,
      };
    return { ...shared, data: values.map(asText), type: "STRING" as const };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
