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
 * Makes the stretches of long curves up to their newest whole one, where enough is missing, and says how far they go.
 * Nobody writes points of these curves meanwhile: who writes changes their heads first, in one transaction.
 */
export async function stretchOut(store: Store, ids: readonly number[]): Promise<Map<number, Stretched>> {
  return await store.db.transaction(async (tx) => {
    const heads = await headsOf(tx, ids);
    for (const head of heads) {
      const { first, last, count } = await extentOf(tx, head);
      const width = head.width ?? widthOf(count, last - first + 1);
      if (width === null) continue;
      const start = (step: number) => Math.floor(step / width) * width;
      const [begin, end] = [start(head.width === null || head.to === null ? first : head.to), start(last)];
      if ((end - begin) / width < FEWEST_NEW) continue;
      await tx.execute(sql`delete from ${runStretches} where series = ${head.id} and start >= ${begin}`);
      await tx.execute(sql`
        insert into ${runStretches} (series, start, low, high, odd)
        select ${head.id}::int, (floor(p.step::float8 / ${width}) * ${width})::bigint as start, ${cornersOfPoints}
        from ${runPoints} p where p.series = ${head.id} and p.step >= ${begin} and p.step < ${end} group by 2`);
      await tx.execute(
        sql`update run_series set stretch_width = ${width}, stretched_to = ${end} where id = ${head.id}`,
      );
      Object.assign(head, { width, to: end });
    }
    return new Map(heads.map((head) => [head.id, head]));
  });
}

async function headsOf(tx: Database, ids: readonly number[]): Promise<Stretched[]> {
  const { rows } = await tx.execute<{ id: number; width: string | null; to: string | null }>(sql`
    select id, stretch_width as width, stretched_to as to from run_series
    where id = any(${sql.param(`{${ids.join(",")}}`)}::int[]) order by id for update`);
  return rows.map(({ id, width, to }) => ({ id, width: width && Number(width), to: to && Number(to) }) as Stretched);
}

/** Steps of a stretch: a power of two, so that a step has one start however it is counted; null for a short curve. */
function widthOf(count: number, steps: number): number | null {
  if (count < FEWEST_POINTS) return null;
  return 2 ** Math.max(0, Math.ceil(Math.log2((POINTS_OF_STRETCH * steps) / count)));
}

/** The ends of a curve, which its index has, and the number of its points, where its width is still to be chosen. */
async function extentOf(tx: Database, { id, width }: Stretched) {
  const { rows } = await tx.execute<{ first: string; last: string; count: string }>(sql`
    select min(step) as first, max(step) as last,
      ${width === null ? sql`(select count(*) from ${runPoints} where series = ${id})` : sql`0`} as count
    from ${runPoints} where series = ${id}`);
  const { first, last, count } = rows[0]!;
  return { first: Number(first), last: Number(last), count: Number(count) };
}
