import { type Database, runPoints, runStretches, type Store } from "@loam/store";
import { type SQL, sql } from "drizzle-orm";

/** A curve of fewer points is drawn from them. */
const FEWEST_POINTS = 8192;
/** About how many points a stretch stands for. */
const POINTS_OF_STRETCH = 16;
/** Stretches are made for this many at least: a run that is just training is not written to by who looks at it. */
const FEWEST_NEW = 64;

/** What a curve's stretches are: none where `width` is null. */
export interface Stretched {
  id: number;
  width: number | null;
  /** Its stretches before this step are right. */
  to: number | null;
}

/** Takes `[value, step, time]` of points apart: the lowest and highest of the finite ones, and one that is not finite. */
export const cornersOfPoints: SQL = (() => {
  const at = sql`array[p.value, p.step::float8, p.time_ms::float8]`;
  const finite = sql`p.value > '-Infinity' and p.value < 'Infinity'`;
  return sql`min(${at}) filter (where ${finite}) as low, max(${at}) filter (where ${finite}) as high,
    min(${at}) filter (where not (${finite})) as odd`;
})();

/**
 * Makes the stretches of long curves up to their newest whole one, where enough is missing, and says how far they go. Only
 * curves that lack some are locked: nobody writes their points meanwhile, since who writes changes their heads first, in
 * one transaction. Those that are whole are drawn while a run goes on writing them.
 */
export async function stretchOut(store: Store, ids: readonly number[]): Promise<Map<number, Stretched>> {
  const heads = await headsOf(store.db, ids);
  const lacking: number[] = [];
  for (const head of heads) if (await missingOf(store.db, head)) lacking.push(head.id);
  const made = lacking.length > 0 ? await store.db.transaction((tx) => stretchLacking(tx, lacking)) : [];
  return new Map([...heads, ...made].map((head) => [head.id, head]));
}

/** What another has made since it was looked at lacks no more: it is looked at again under the lock. */
async function stretchLacking(tx: Database, ids: readonly number[]): Promise<Stretched[]> {
  const heads = await headsOf(tx, ids, { lock: true });
  for (const head of heads) {
    const missing = await missingOf(tx, head);
    if (!missing) continue;
    const { width, begin, end } = missing;
    await tx.execute(sql`delete from ${runStretches} where series = ${head.id} and start >= ${begin}`);
    await tx.execute(sql`
      insert into ${runStretches} (series, start, low, high, odd)
      select ${head.id}::int, (floor(p.step::float8 / ${width}) * ${width})::bigint as start, ${cornersOfPoints}
      from ${runPoints} p where p.series = ${head.id} and p.step >= ${begin} and p.step < ${end} group by 2`);
    await tx.execute(sql`update run_series set stretch_width = ${width}, stretched_to = ${end} where id = ${head.id}`);
    Object.assign(head, { width, to: end });
  }
  return heads;
}

/** The steps whose stretches a curve lacks; undefined where they are too few to be made. */
async function missingOf(db: Database, head: Stretched) {
  const { first, last, count } = await extentOf(db, head);
  const width = head.width ?? widthOf(count, last - first + 1);
  if (width === null) return undefined;
  const start = (step: number) => Math.floor(step / width) * width;
  const [begin, end] = [start(head.width === null || head.to === null ? first : head.to), start(last)];
  return (end - begin) / width < FEWEST_NEW ? undefined : { width, begin, end };
}

async function headsOf(db: Database, ids: readonly number[], { lock = false } = {}): Promise<Stretched[]> {
  const { rows } = await db.execute<{ id: number; width: string | null; to: string | null }>(sql`
    select id, stretch_width as width, stretched_to as to from run_series
    where id = any(${sql.param(`{${ids.join(",")}}`)}::int[]) order by id ${lock ? sql`for update` : sql``}`);
  return rows.map(({ id, width, to }) => ({ id, width: width && Number(width), to: to && Number(to) }) as Stretched);
}

/** Steps of a stretch: a power of two, so that a step has one start however it is counted; null for a short curve. */
function widthOf(count: number, steps: number): number | null {
  if (count < FEWEST_POINTS) return null;
  return 2 ** Math.max(0, Math.ceil(Math.log2((POINTS_OF_STRETCH * steps) / count)));
}

/** The ends of a curve, which its index has, and the number of its points, where its width is still to be chosen. */
async function extentOf(db: Database, { id, width }: Stretched) {
  const { rows } = await db.execute<{ first: string; last: string; count: string }>(sql`
    select min(step) as first, max(step) as last,
      ${width === null ? sql`(select count(*) from ${runPoints} where series = ${id})` : sql`0`} as count
    from ${runPoints} where series = ${id}`);
  const { first, last, count } = rows[0]!;
  return { first: Number(first), last: Number(last), count: Number(count) };
}
