import { ArgumentError, NotFoundError } from "@loam/core";
import { currentValues, type Point, type StoredRun, searchRuns } from "@loam/observe";
import { runs, type Store } from "@loam/store";
import { sql } from "drizzle-orm";
import { sparkline } from "../../terminal/sparkline.ts";
import { table } from "../../terminal/table.ts";
import { moment } from "../../terminal/units.ts";

/** A run with the current value of each of its curves. */
export interface ShownRun extends StoredRun {
  metrics: Record<string, number>;
}

/** A run by its id, its beginning (6 characters or more), or the name its client gave it. @throws {NotFoundError} */
export async function findRun(store: Store, id: string): Promise<StoredRun> {
  const [exact] = await searchRuns(store, { ids: [id], deleted: "show" });
  if (exact) return exact;
  const begins = `${id.replace(/[\\%_]/g, "\\$&")}%`;
  const where =
    id.length >= 6 ? sql`(${runs.id} like ${begins} or ${runs.externalId} = ${id})` : sql`${runs.externalId} = ${id}`;
  const found = await searchRuns(store, { where, deleted: "show", limit: 2 });
  if (found.length > 1) throw new ArgumentError("id", id, "the beginning of one run's id", "give more of it");
  if (!found[0]) throw new NotFoundError("run", id, { hint: "`loam runs ls` lists them" });
  return found[0];
}

export async function withValues(store: Store, found: readonly StoredRun[]): Promise<ShownRun[]> {
  const values = await currentValues(
    store,
    found.map(({ id }) => id),
  );
  return found.map((run) => ({
    ...run,
    metrics: Object.fromEntries((values.get(run.id) ?? []).map(({ key, value }) => [key, value])),
  }));
}

export function runRows(shown: readonly ShownRun[]): string[][] {
  return shown.map((run) => [
    run.id.slice(0, 12),
    moment(run.startedAt ?? run.createdAt),
    run.status,
    run.experiment,
    run.name,
    valuesLine(run, 3),
  ]);
}

export function valuesLine({ metrics, status }: ShownRun, most = 8): string {
  const values = Object.entries(metrics).slice(0, most);
  return values.length > 0 ? values.map(([key, value]) => `${key} ${short(value)}`).join("  ") : status;
}

export function runPage(
  run: ShownRun,
  series: Readonly<Record<string, readonly Point[]>>,
  files: readonly { path: string; sizeBytes: number }[],
): string {
  const params = Object.entries(run.params).map(([key, value]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  const curves = Object.entries(run.metrics).map(([key, value]) => [
    key,
    short(value),
    sparkline(
      (series[key] ?? []).map((point) => point.value),
      40,
    ),
  ]);
  return [
    `${run.name} · ${run.experiment} · ${run.status}\n${run.id}`,
    ...(params.length > 0 ? [`\nParameters\n${table(params)}`] : []),
    ...(curves.length > 0 ? [`\nValues\n${table(curves)}`] : []),
    ...(files.length > 0 ? [`\nFiles\n${table(files.map(({ path, sizeBytes }) => [path, sizeBytes]))}`] : []),
  ].join("\n");
}

/** Parameters and values that are not the same in all. */
export function compareRows(shown: readonly ShownRun[]): { name: string; values: string[] }[] {
  const columns = new Set(
    shown.flatMap((run) => [
      ...Object.keys(run.params).map((key) => `params.${key}`),
      ...Object.keys(run.metrics).map((key) => `metrics.${key}`),
    ]),
  );
  return [...columns].flatMap((name) => {
    const [, kind, key] = /^(params|metrics)\.(.*)$/s.exec(name)!;
    const values = shown.map((run) => {
      const value = kind === "params" ? run.params[key!] : run.metrics[key!];
      return value === undefined ? "" : typeof value === "number" ? short(value) : JSON.stringify(value);
    });
    return new Set(values).size > 1 ? [{ name, values }] : [];
  });
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
