import { runs, type Store } from "@loam/store";
import { and, eq, isNull, sql } from "drizzle-orm";

/** What the runs of an experiment have that a table can show, with how many have it. */
export interface RunColumns {
  params: { name: string; runs: number }[];
  metrics: { name: string; runs: number }[];
  tags: { name: string; runs: number }[];
}

/** The names by which runs can be shown, filtered and ordered, the most frequent first. */
export async function runColumnNames(
  store: Store,
  { experiment, limit = 1000 }: { experiment?: string; limit?: number } = {},
): Promise<RunColumns> {
  const chosen = and(isNull(runs.deletedAt), experiment === undefined ? undefined : eq(runs.experiment, experiment));
  const ask = async (from: ReturnType<typeof sql>) => {
    const { rows } = await store.db.execute<{ name: string; runs: number }>(
      sql`select name, count(*)::int as runs from (${from}) as found group by name order by 2 desc, 1 limit ${limit}`,
    );
    return rows;
  };
  return {
    params: await ask(sql`select jsonb_object_keys(${runs.params}) as name from ${runs} where ${chosen}`),
    metrics: await ask(
      sql`select s.key as name from run_series s join ${runs} on ${runs.id} = s.run_id where ${chosen}`,
    ),
    tags: await ask(sql`select jsonb_object_keys(${runs.tags}) as name from ${runs} where ${chosen}`),
  };
}
