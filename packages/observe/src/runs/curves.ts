import { type Store, runSeries as table } from "@loam/store";
import { and, asc, inArray, type SQL, sql } from "drizzle-orm";

/** A point of a curve. */
export interface Point {
  step: number;
  value: number;
  /** Milliseconds since 1970. */
  timeMs: number;
}

/** A curve as it is drawn. */
export interface Curve {
  runId: string;
  key: string;
  /** By step. Where some were left out, each stretch keeps its lowest, its highest, and what is no number. */
  points: Point[];
  /** Whether points were left out. */
  thinned: boolean;
  /** Of all finite values, those outside of the asked steps too; null when there is none. */
  min: number | null;
  max: number | null;
}

export interface CurvesOptions {
  /** All when left out. */
  keys?: readonly string[];
  /** About how many points each curve is drawn with. */
  points?: number;
  /** Only steps from here, to there. */
  from?: number;
  to?: number;
}

/**
 * The curves of some runs, thinned by the database: a peak stays where it is however far one looks from, and a curve of
 * a million points costs no more memory here than one of a thousand.
 */
export async function curvesOf(
  store: Store,
  runIds: readonly string[],
  { keys, points = 600, from, to }: CurvesOptions = {},
): Promise<Curve[]> {
  if (runIds.length === 0 || keys?.length === 0) return [];
  const heads = await store.db
    .select({ id: table.id, runId: table.runId, key: table.key, min: table.min, max: table.max })
    .from(table)
    .where(and(inArray(table.runId, [...runIds]), keys && inArray(table.key, [...keys])))
    .orderBy(asc(table.key), asc(table.runId));
  if (heads.length === 0) return [];
  const inside = sql`p.series = s.id ${from === undefined ? sql`` : sql`and p.step >= ${Math.ceil(from)}`} ${to === undefined ? sql`` : sql`and p.step <= ${Math.floor(to)}`}`;
  const ids = sql`unnest(${sql.raw(`array[${heads.map(({ id }) => id).join(",")}]`)})`;
  const { rows: extents } = await store.db.execute<{ id: number; many: boolean }>(sql`
    select s.id, (select count(*) from (select 1 from run_points p where ${inside} limit ${points + 1}) as found) > ${points} as many
    from ${ids} as s(id)`);
  const many = new Set(extents.filter((row) => row.many).map(({ id }) => id));
  const few = heads.map(({ id }) => id).filter((id) => !many.has(id));
  const drawn = new Map<number, Point[]>();
  if (few.length > 0) await readWhole(store, few, inside, drawn);
  if (many.size > 0) await readStretches(store, [...many], inside, Math.max(1, Math.floor(points / 2)), drawn);
  return heads.map(({ id, ...head }) => ({ ...head, points: drawn.get(id) ?? [], thinned: many.has(id) }));
}

async function readWhole(store: Store, ids: readonly number[], inside: SQL, drawn: Map<number, Point[]>) {
  const { rows } = await store.db.execute<{ id: number; step: string; time_ms: string; value: number }>(sql`
    select s.id, p.step, p.time_ms, p.value from unnest(${sql.raw(`array[${ids.join(",")}]`)}) as s(id)
    join run_points p on ${inside} order by s.id, p.step, p.time_ms, p.value`);
  for (const { id, step, time_ms, value } of rows)
    place(drawn, id).push({ step: Number(step), timeMs: Number(time_ms), value: Number(value) });
}

/** `[value, step, time]` of the lowest, the highest, and one that is no number, of each stretch of steps. */
async function readStretches(
  store: Store,
  ids: readonly number[],
  inside: SQL,
  stretches: number,
  drawn: Map<number, Point[]>,
) {
  const at = sql`array[p.value, p.step::float8, p.time_ms::float8]`;
  const finite = sql`p.value > '-Infinity' and p.value < 'Infinity'`;
  type Corner = number[] | null;
  const { rows } = await store.db.execute<{ id: number; low: Corner; high: Corner; odd: Corner }>(sql`
    select s.id, min(${at}) filter (where ${finite}) as low, max(${at}) filter (where ${finite}) as high,
      min(${at}) filter (where not (${finite})) as odd
    from (
      select s.id, (select p.step from run_points p where ${inside} order by p.step limit 1)::float8 as first,
        (select p.step from run_points p where ${inside} order by p.step desc limit 1)::float8 as last
      from unnest(${sql.raw(`array[${ids.join(",")}]`)}) as s(id)
    ) s join run_points p on ${inside}
    group by s.id, floor((p.step - s.first) * ${stretches}::float8 / (s.last - s.first + 1))
    order by s.id, min(p.step)`);
  for (const { id, ...corners } of rows) {
    const seen = new Set<string>();
    const found = [corners.low, corners.high, corners.odd].flatMap((corner) => {
      if (!corner || seen.has(String(corner))) return [];
      seen.add(String(corner));
      const [value, step, timeMs] = corner.map(Number) as [number, number, number];
      return [{ step, value, timeMs }];
    });
    place(drawn, id).push(...found.sort((a, b) => a.step - b.step || a.timeMs - b.timeMs));
  }
}

function place(drawn: Map<number, Point[]>, id: number): Point[] {
  let points = drawn.get(id);
  if (!points) drawn.set(id, (points = []));
  return points;
}
