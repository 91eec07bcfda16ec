import { type Database, runPoints, runSeries, type Store, storable } from "@loam/store";
import { and, asc, eq, gte, inArray, sql } from "drizzle-orm";
import { redactText } from "../secrets/secrets.ts";

/** A number of one step of a run. */
export interface MetricPoint {
  key: string;
  /** Any integer that a double holds, negative ones too. */
  step: number;
  timeMs: number;
  /** NaN and the infinities are kept. */
  value: number;
}

interface SeriesHead {
  key: string;
  /** The lowest step that is written: stretches of the curve from there on are not right any more. */
  from: number;
  step: number;
  time_ms: number;
  value: string;
  min: number | null;
  max: number | null;
}

/** Rows of one statement. */
const rowsAtOnce = 5000;

/**
 * Writes points of a run and the heads of their curves. The same point twice is one; the current value of a curve is
 * that of its newest step, then of its newest time.
 */
export async function writePoints(db: Database, runId: string, given: readonly MetricPoint[]): Promise<void> {
  if (given.length === 0) return;
  const points = given.map((point) => ({ ...point, key: storable(redactText(point.key)) }));
  const heads = new Map<string, SeriesHead & { number: number }>();
  for (const { key, step, timeMs, value } of points) {
    const finite = Number.isFinite(value) ? value : null;
    const head = heads.get(key);
    if (!head) {
      heads.set(key, {
        key,
        from: step,
        step,
        time_ms: timeMs,
        value: wire(value),
        number: value,
        min: finite,
        max: finite,
      });
      continue;
    }
    head.from = Math.min(head.from, step);
    if (isNewer({ step, timeMs, value }, { step: head.step, timeMs: head.time_ms, value: head.number }))
      Object.assign(head, { step, time_ms: timeMs, value: wire(value), number: value });
    if (finite !== null) {
      head.min = head.min === null ? finite : Math.min(head.min, finite);
      head.max = head.max === null ? finite : Math.max(head.max, finite);
    }
  }
  const rows = [...heads.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ number: _, ...head }) => head);
  const { rows: series } = await db.execute<{ id: number; key: string }>(sql`
    insert into run_series as s (run_id, key, step, time_ms, value, min, max, stretched_to)
    select ${runId}, key, step, time_ms, value, min, max, "from" from json_to_recordset(${JSON.stringify(rows)}::json)
      as x(key text, "from" bigint, step bigint, time_ms bigint, value double precision, min double precision, max double precision)
    on conflict (run_id, key) do update set
      step = case when ${newer} then excluded.step else s.step end,
      time_ms = case when ${newer} then excluded.time_ms else s.time_ms end,
      value = case when ${newer} then excluded.value else s.value end,
      min = least(s.min, excluded.min),
      max = greatest(s.max, excluded.max),
      stretched_to = least(s.stretched_to, excluded.stretched_to)
    returning id, key`);
  const ids = new Map(series.map(({ id, key }) => [key, id]));
  for (let i = 0; i < points.length; i += rowsAtOnce) {
    const batch = points
      .slice(i, i + rowsAtOnce)
      .map(({ key, step, timeMs, value }) => [ids.get(key), step, timeMs, wire(value)]);
    await db.execute(sql`
      insert into run_points (series, step, time_ms, value)
      select (x->>0)::integer, (x->>1)::bigint, (x->>2)::bigint, (x->>3)::double precision
      from json_array_elements(${JSON.stringify(batch)}::json) as t(x)
      on conflict do nothing`);
  }
}

const newer = sql.raw("(excluded.step, excluded.time_ms, excluded.value) >= (s.step, s.time_ms, s.value)");

type At = { step: number; timeMs: number; value: number };

function isNewer(a: At, b: At): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timeMs !== b.timeMs) return a.timeMs > b.timeMs;
  // As Postgres orders: NaN is the largest.
  return Number.isNaN(a.value) || (!Number.isNaN(b.value) && a.value >= b.value);
}

/** JSON has no NaN; Postgres reads these words. */
function wire(value: number): string {
  return String(value);
}

/** Forgets the points of a curve from a step on: a run that goes on will write them again. */
export async function deletePointsFrom(db: Database, runId: string, key: string, step: number): Promise<void> {
  const [series] = await db
    .select({ id: runSeries.id })
    .from(runSeries)
    .where(and(eq(runSeries.runId, runId), eq(runSeries.key, key)));
  if (!series) return;
  await db.execute(sql`update run_series set stretched_to = least(stretched_to, ${step}) where id = ${series.id}`);
  await db.delete(runPoints).where(and(eq(runPoints.series, series.id), gte(runPoints.step, step)));
  await remakeHeads(db, [series.id]);
}

/** Forgets some points, told as they were written. */
export async function deletePoints(db: Database, runId: string, points: readonly MetricPoint[]): Promise<void> {
  if (points.length === 0) return;
  const rows = JSON.stringify(points.map(({ key, step, timeMs, value }) => [storable(key), step, timeMs, wire(value)]));
  const { rows: touched } = await db.execute<{ series: number; step: string }>(sql`
    delete from run_points p using run_series s, json_array_elements(${rows}::json) as t(x)
    where s.run_id = ${runId} and s.key = x->>0 and p.series = s.id and p.step = (x->>1)::bigint
      and p.time_ms = (x->>2)::bigint and p.value = (x->>3)::double precision
    returning p.series, p.step`);
  const lowest = new Map<number, number>();
  for (const { series, step } of touched)
    lowest.set(series, Math.min(Number(step), lowest.get(series) ?? Number.POSITIVE_INFINITY));
  for (const [series, step] of lowest)
    await db.execute(sql`update run_series set stretched_to = least(stretched_to, ${step}) where id = ${series}`);
  await remakeHeads(db, [...lowest.keys()]);
}

/** The heads of curves that have lost points; a curve without any goes. */
async function remakeHeads(db: Database, series: readonly number[]): Promise<void> {
  if (series.length === 0) return;
  const ids = sql`(${sql.join(
    series.map((id) => sql`${id}`),
    sql`, `,
  )})`;
  await db.execute(sql`
    update run_series s set step = p.step, time_ms = p.time_ms, value = p.value, min = p.min, max = p.max
    from (
      select distinct on (series) series, step, time_ms, value,
        min(value) filter (where value not in ('NaN', 'Infinity', '-Infinity')) over (partition by series) as min,
        max(value) filter (where value not in ('NaN', 'Infinity', '-Infinity')) over (partition by series) as max
      from run_points where series in ${ids} order by series, step desc, time_ms desc, value desc
    ) p where p.series = s.id`);
  await db.execute(sql`
    delete from run_stretches t where t.series in ${ids}
      and not exists (select 1 from run_points p where p.series = t.series)`);
  await db.execute(sql`
    delete from run_series s where s.id in ${ids} and not exists (select 1 from run_points p where p.series = s.id)`);
}

/** The points of one curve in order, from `offset` on. */
export async function pointsOf(
  store: Store,
  runId: string,
  key: string,
  { limit, offset = 0 }: { limit?: number; offset?: number } = {},
): Promise<MetricPoint[]> {
  const query = store.db
    .select({ step: runPoints.step, timeMs: runPoints.timeMs, value: runPoints.value })
    .from(runPoints)
    .innerJoin(runSeries, eq(runSeries.id, runPoints.series))
    .where(and(eq(runSeries.runId, runId), eq(runSeries.key, storable(key))))
    .orderBy(asc(runPoints.step), asc(runPoints.timeMs), asc(runPoints.value))
    .offset(offset);
  const rows = await (limit === undefined ? query : query.limit(limit));
  return rows.map((row) => ({ key, ...row }));
}

/** The current value of every curve of some runs. */
export async function currentValues(
  store: Store,
  runIds: readonly string[],
): Promise<Map<string, (MetricPoint & { min: number | null; max: number | null })[]>> {
  if (runIds.length === 0) return new Map();
  const rows = await store.db
    .select({
      runId: runSeries.runId,
      key: runSeries.key,
      step: runSeries.step,
      timeMs: runSeries.timeMs,
      value: runSeries.value,
      min: runSeries.min,
      max: runSeries.max,
    })
    .from(runSeries)
    .where(inArray(runSeries.runId, [...runIds]))
    .orderBy(runSeries.key);
  return Map.groupBy(rows, ({ runId }) => runId);
}
