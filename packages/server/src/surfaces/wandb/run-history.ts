import { currentValues, historyCounts, linesOf, parseRelaxedJson, pointsOf, type StoredRun } from "@loam/observe";
import type { Store } from "@loam/store";
import type { Json } from "./run-node.ts";

/** Histories that are being read page by page: each page would read all rows before it knows which are its own. */
const recent = new Map<string, { stamp: string; rows: Json[] }>();
const rowsAtMost = 300_000;
const keptMs = 20_000;

/** The history of a run. Of a long one that is asked for again within moments, what was read is used again. */
export async function historyOf(store: Store, run: StoredRun): Promise<Json[]> {
  if (run.kind !== "wandb") return await readHistory(store, run);
  const count = (await historyCounts(store, [run.id])).get(run.id) ?? 0;
  // Every write is followed by a sign of life; lines that were replaced change no count.
  const stamp = `${count} ${run.heartbeatAt?.getTime()}`;
  const known = recent.get(run.id);
  if (known?.stamp === stamp) return known.rows;
  const rows = await readHistory(store, run);
  const held = [...recent.values()].reduce((sum, other) => sum + other.rows.length, 0);
  if (rows.length < 1000 || held + rows.length > rowsAtMost) return rows;
  const entry = { stamp, rows };
  recent.set(run.id, entry);
  setTimeout(() => recent.get(run.id) === entry && recent.delete(run.id), keptMs).unref();
  return rows;
}

/** The history as rows: as they were sent, or put together from the curves of another client's run. */
async function readHistory(store: Store, run: StoredRun): Promise<Json[]> {
  const lines = await linesOf(store, run.id, "history");
  if (lines.length > 0 || run.kind === "wandb")
    return lines.flatMap((line) => {
      try {
        return [parseRelaxedJson(line) as Json];
      } catch {
        return [];
      }
    });
  const bySteps = new Map<number, Json>();
  for (const { key } of (await currentValues(store, [run.id])).get(run.id) ?? [])
    for (const { step, timeMs, value } of await pointsOf(store, run.id, key)) {
      const row = bySteps.get(step) ?? { _step: step, _timestamp: timeMs / 1000 };
      row[key] = shown(value);
      bySteps.set(step, row);
    }
  return [...bySteps.values()].sort((a, b) => Number(a._step) - Number(b._step));
}

/** A value as JSON can hold it. */
export function shown(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

export async function between(rows: () => Promise<Json[]>, minStep: unknown, maxStep: unknown): Promise<Json[]> {
  const from = minStep === undefined || minStep === null ? Number.NEGATIVE_INFINITY : Number(minStep);
  const to = maxStep === undefined || maxStep === null ? Number.POSITIVE_INFINITY : Number(maxStep);
  return (await rows()).filter(({ _step }, i) => {
    const step = typeof _step === "number" ? _step : i;
    return step >= from && step < to;
  });
}

/** Thins out when more rows are there than were asked for. A page between two steps is never thinned out. */
export function sampler(count: number, samples: unknown, minStep: unknown): (row: Json, i: number) => boolean {
  const wanted = typeof samples === "number" && samples > 0 ? samples : count;
  if (count <= wanted || (minStep !== undefined && minStep !== null)) return () => true;
  const every = count / wanted;
  return (_, i) => Math.floor(i / every) !== Math.floor((i - 1) / every) || i === count - 1;
}

/** Rows that have all the keys, in a range of steps whose end is part of it. */
export async function sampled(rows: () => Promise<Json[]>, spec: Json): Promise<Json[]> {
  const keys = Array.isArray(spec.keys) ? (spec.keys as string[]) : [];
  const maxStep = spec.maxStep === undefined || spec.maxStep === null ? undefined : Number(spec.maxStep) + 1;
  const found = (await between(rows, spec.minStep, maxStep))
    .map((row, i) => ({ _step: i, ...row }) as Json)
    .filter((row) => keys.every((key) => row[key] !== undefined && row[key] !== null));
  const samples = Number(spec.samples) || found.length;
  const kept = found.filter(sampler(found.length, samples, undefined));
  return kept.map((row) =>
    Object.fromEntries((keys.length > 0 ? keys : Object.keys(row)).map((key) => [key, row[key]])),
  );
}

export function historyKeys(rows: readonly Json[]): Json {
  const keys: Record<string, { typeCounts: { type: string; count: number }[]; previousValue: unknown }> = {};
  for (const row of rows)
    for (const [key, value] of Object.entries(row)) {
      const known = Object.hasOwn(keys, key) ? keys[key]! : undefined;
      const type = typeof value === "number" ? "number" : typeof value === "string" ? "string" : "map";
      if (known) {
        known.typeCounts[0]!.count++;
        known.previousValue = value;
      } else
        Object.defineProperty(keys, key, {
          value: { typeCounts: [{ type, count: 1 }], previousValue: value },
          enumerable: true,
          writable: true,
          configurable: true,
        });
    }
  const lastStep = rows.reduce((last, { _step }, i) => Math.max(last, typeof _step === "number" ? _step : i), -1);
  return { sets: [], keys, lastStep };
}
