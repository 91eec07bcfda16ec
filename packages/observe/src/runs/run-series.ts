import { runPoints, type Store, runSeries as table } from "@loam/store";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { downsample, type Point } from "./downsample.ts";

/** The curves of a run by key, each with at most `points` points; all keys unless some are named. */
export async function runSeries(
  store: Store,
  id: string,
  { keys, points = 600 }: { keys?: readonly string[]; points?: number } = {},
): Promise<Record<string, Point[]>> {
  const rows = await store.db
    .select({ key: table.key, step: runPoints.step, value: runPoints.value, timeMs: runPoints.timeMs })
    .from(runPoints)
    .innerJoin(table, eq(table.id, runPoints.series))
    .where(and(eq(table.runId, id), keys ? inArray(table.key, [...keys]) : undefined))
    .orderBy(asc(table.key), asc(runPoints.step), asc(runPoints.timeMs));
  const series: Record<string, Point[]> = {};
  for (const { key, ...point } of rows) (series[key] ??= []).push(point);
  return Object.fromEntries(Object.entries(series).map(([key, all]) => [key, downsample(all, points)]));
}

/** One key of many runs as means over `points` stretches each: small enough for a list. */
export async function sparklines(
  store: Store,
  ids: readonly string[],
  key: string,
  { points = 40 }: { points?: number } = {},
): Promise<Map<string, number[]>> {
  if (ids.length === 0) return new Map();
  const stretches = store.db
    .select({
      runId: table.runId,
      value: runPoints.value,
      stretch:
        sql<number>`ntile(${points}) over (partition by ${table.runId} order by ${runPoints.step}, ${runPoints.timeMs})`.as(
          "stretch",
        ),
    })
    .from(runPoints)
    .innerJoin(table, eq(table.id, runPoints.series))
    .where(and(eq(table.key, key), inArray(table.runId, [...ids])))
    .as("stretches");
  const rows = await store.db
    .select({ runId: stretches.runId, value: sql<number>`avg(${stretches.value})`.mapWith(Number) })
    .from(stretches)
    .groupBy(stretches.runId, stretches.stretch)
    .orderBy(stretches.runId, stretches.stretch);
  const lines = new Map<string, number[]>();
  for (const { runId, value } of rows) lines.set(runId, [...(lines.get(runId) ?? []), value]);
  return lines;
}
