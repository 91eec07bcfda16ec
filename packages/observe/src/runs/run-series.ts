import { runMetrics, type Store } from "@loam/store";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { downsample, type Point } from "./downsample.ts";

/** The curves of a run by key, each with at most `points` points; all keys unless some are named. */
export async function runSeries(
  store: Store,
  id: string,
  { keys, points = 600 }: { keys?: readonly string[]; points?: number } = {},
): Promise<Record<string, Point[]>> {
  const rows = await store.db
    .select({ key: runMetrics.key, step: runMetrics.step, value: runMetrics.value, time: runMetrics.time })
    .from(runMetrics)
    .where(and(eq(runMetrics.runId, id), keys ? inArray(runMetrics.key, [...keys]) : undefined))
    .orderBy(asc(runMetrics.key), asc(runMetrics.step), asc(runMetrics.seq));
  const series: Record<string, Point[]> = {};
  for (const { key, step, value, time } of rows) (series[key] ??= []).push({ step, value, timeMs: time.getTime() });
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
      runId: runMetrics.runId,
      value: runMetrics.value,
      stretch:
        sql<number>`ntile(${points}) over (partition by ${runMetrics.runId} order by ${runMetrics.step}, ${runMetrics.seq})`.as(
          "stretch",
        ),
    })
    .from(runMetrics)
    .where(and(eq(runMetrics.key, key), inArray(runMetrics.runId, [...ids])))
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
