import { csvField } from "@loam/core";
import type { Store } from "@loam/store";
import { parquetWriteBuffer } from "hyparquet-writer";
import { currentValues, pointsOf } from "./points.ts";

/** A point of a run with the name of its curve. */
export interface NamedPoint {
  key: string;
  step: number;
  timeMs: number;
  value: number;
}

/** Every point of a run, by curve and step. */
export async function allPointsOf(store: Store, runId: string): Promise<NamedPoint[]> {
  const points: NamedPoint[] = [];
  for (const { key } of (await currentValues(store, [runId])).get(runId) ?? [])
    for (const point of await pointsOf(store, runId, key)) points.push(point);
  return points;
}

/** The points as a table of Parquet: `key`, `step`, `time_ms`, `value`, a row for each. NaN and the infinities stay. */
export function pointsToParquet(points: readonly NamedPoint[]): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "key", data: points.map(({ key }) => key), type: "STRING", nullable: false },
        { name: "step", data: points.map(({ step }) => BigInt(step)), type: "INT64", nullable: false },
        { name: "time_ms", data: points.map(({ timeMs }) => BigInt(timeMs)), type: "INT64", nullable: false },
        { name: "value", data: points.map(({ value }) => value), type: "DOUBLE", nullable: false },
      ],
    }),
  );
}

/** The points as CSV with the same columns. */
export function pointsToCsv(points: readonly NamedPoint[]): string {
  const rows = points.map(({ key, step, timeMs, value }) => `${csvField(key)},${step},${timeMs},${value}`);
  return `${["key,step,time_ms,value", ...rows].join("\n")}\n`;
}
