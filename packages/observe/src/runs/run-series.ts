import { runPoints, type Store, runSeries as table } from "@loam/store";
import { and, eq, inArray, sql } from "drizzle-orm";
import { curvesOf, type Point } from "./curves.ts";

/** The curves of a run by key, each with about `points` points at most; all keys unless some are named. */
export async function runSeries(
  store: Store,
  id: string,
  options: { keys?: readonly string[]; points?: number } = {},
): Promise<Record<string, Point[]>> {
  const curves = await curvesOf(store, [id], options);
  return Object.fromEntries(curves.map(({ key, points }) => [key, points]));
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
