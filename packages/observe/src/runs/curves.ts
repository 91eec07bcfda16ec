import { type Store, runSeries as table } from "@loam/store";
import { and, asc, inArray, type SQL, sql } from "drizzle-orm";
import { cornersOfPoints, type Stretched, stretchOut } from "./stretches.ts";

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

/** Bins are whole stretches; with fewer in one, a bin would be much wider than was asked for. */
const FEWEST_IN_BIN = 3;

type Drawn = Map<number, Point[]>;

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
    select s.id, (select count(*) from (select 1 from run_points p where ${inside} order by p.step limit ${points + 1}) as found) > ${points} as many
    from ${ids} as s(id)`);
  const many = new Set(extents.filter((row) => row.many).map(({ id }) => id));
  const few = heads.map(({ id }) => id).filter((id) => !many.has(id));
  const drawn: Drawn = new Map();
  if (few.length > 0) await readWhole(store, few, inside, drawn);
  if (many.size > 0) await readStretches(store, [...many], inside, Math.max(1, Math.floor(points / 2)), drawn);
  return heads.map(({ id, ...head }) => ({ ...head, points: drawn.get(id) ?? [], thinned: many.has(id) }));
}

async function readWhole(store: Store, ids: readonly number[], inside: SQL, drawn: Drawn) {
  const { rows } = await store.db.execute<{ id: number; step: string; time_ms: string; value: number }>(sql`
    select s.id, p.step, p.time_ms, p.value from unnest(${sql.raw(`array[${ids.join(",")}]`)}) as s(id)
    join run_points p on ${inside} order by s.id, p.step, p.time_ms, p.value`);
  for (const { id, step, time_ms, value } of rows)
    place(drawn, id).push({ step: Number(step), timeMs: Number(time_ms), value: Number(value) });
}

/** What of a curve is drawn: steps from `first` to `last`, `size` of them in a bin; those of [begin, end) by stretches. */
interface Plan {
  id: number;
  /** Where the first bin begins. */
  origin: number;
  first: number;
  last: number;
  size: number;
  begin: number;
  end: number;
}

/** The lowest, the highest, and one that is no number, of each bin of steps. */
async function readStretches(store: Store, ids: readonly number[], inside: SQL, bins: number, drawn: Drawn) {
  const stretched = await stretchOut(store, ids);
  const { rows: extents } = await store.db.execute<{ id: number; first: string; last: string }>(sql`
    select s.id, (select p.step from run_points p where ${inside} order by p.step limit 1) as first,
      (select p.step from run_points p where ${inside} order by p.step desc limit 1) as last
    from unnest(${sql.raw(`array[${ids.join(",")}]`)}) as s(id)`);
  const plans = extents.map(({ id, first, last }) => plan(stretched.get(id), id, Number(first), Number(last), bins));
  type Corner = number[] | null;
  const { rows } = await store.db.execute<{ id: number; low: Corner; high: Corner; odd: Corner }>(sql`
    with s as (
      select * from json_to_recordset(${JSON.stringify(plans)}::json) as x(id integer, origin double precision,
        first bigint, last bigint, size double precision, begin bigint, "end" bigint)
    ), bins as (
      select s.id, floor((p.step - s.origin) / s.size) as bin, ${cornersOfPoints}
      from s cross join lateral (${pointsOf(sql`s.first`, sql`least(s.begin - 1, s.last)`)}) p group by 1, 2
      union all
      select s.id, floor((t.start - s.origin) / s.size), min(t.low), max(t.high), min(t.odd)
      from s cross join lateral (select * from run_stretches t
        where t.series = s.id and t.start >= s.begin and t.start < s."end" offset 0) t group by 1, 2
      union all
      select s.id, floor((p.step - s.origin) / s.size), ${cornersOfPoints}
      from s cross join lateral (${pointsOf(sql`s."end"`, sql`s.last`)}) p group by 1, 2
    ) select id, min(low) as low, max(high) as high, min(odd) as odd from bins group by id, bin order by id, bin`);
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

/** `offset 0` keeps the planner from joining all curves at once, for which it would read all points there are. */
function pointsOf(from: SQL, to: SQL): SQL {
  return sql`select * from run_points p where p.series = s.id and p.step >= ${from} and p.step <= ${to} offset 0`;
}

/** Bins of whole stretches where there are some between `first` and `last`; else of steps. */
function plan(stretched: Stretched | undefined, id: number, first: number, last: number, bins: number): Plan {
  const { width, to } = stretched ?? { width: null, to: null };
  if (width !== null && to !== null) {
    const origin = Math.floor(first / width) * width;
    const begin = Math.ceil(first / width) * width;
    const end = Math.floor(Math.min(to, last + 1) / width) * width;
    const size = Math.ceil((last - origin + 1) / bins / width) * width;
    if (begin < end && size >= FEWEST_IN_BIN * width) return { id, origin, first, last, size, begin, end };
  }
  return { id, origin: first, first, last, size: (last - first + 1) / bins, begin: last + 1, end: last + 1 };
}

function place(drawn: Drawn, id: number): Point[] {
  let points = drawn.get(id);
  if (!points) drawn.set(id, (points = []));
  return points;
}
