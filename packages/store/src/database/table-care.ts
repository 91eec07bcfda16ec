import type { EmbeddedDatabase } from "./thread/threaded-pglite.ts";

/** How often is looked. */
const EVERY_MS = 10_000;
/** The planner's samples: 10 reads 3,000 rows, 40 ms at 300,000 rows; Postgres' own 100 takes a second there. */
const SAMPLES = 10;
/** A larger table is not swept while others wait: sweeping takes about 9 ms a megabyte, and the database has one session. */
const SWEPT_BYTES = 8_000_000;

interface Worn {
  name: string;
  sweep: boolean;
}

/**
 * What Postgres' autovacuum does on a server, and nobody in an embedded database: keeps the planner's statistics of
 * tables that have changed (a tenth of their rows, as `autovacuum_analyze_scale_factor` has it), and sweeps dead rows
 * (a fifth) out of the small tables that change most. Without statistics every table passes for almost empty, and a
 * page of a long list is read by whichever index comes first.
 *
 * @returns what ends it, once the table at hand is done
 */
export function tendTables(
  pglite: EmbeddedDatabase,
  { everyMs = EVERY_MS }: { everyMs?: number } = {},
): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  let isOver = false;
  const timer = setInterval(() => {
    running ??= tendOnce(pglite, () => isOver)
      .catch(() => {}) // the next query tells what is wrong with the database
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  timer.unref();
  return async () => {
    isOver = true;
    clearInterval(timer);
    await running;
  };
}

/** One round. @returns the tables that were tended */
export async function tendOnce(pglite: EmbeddedDatabase, isOver: () => boolean = () => false): Promise<string[]> {
  const { rows } = await pglite.query<Worn>(worn, [SWEPT_BYTES]);
  if (rows.length > 0) await pglite.exec(`set default_statistics_target = ${SAMPLES}`);
  const tended: string[] = [];
  for (const { name, sweep } of rows) {
    if (isOver()) break;
    await pglite.exec(sweep ? `vacuum (analyze) ${name}` : `analyze ${name}`);
    tended.push(name);
  }
  return tended;
}

const worn = `
  select s.relid::regclass::text as name,
    s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0) and pg_table_size(s.relid) <= $1 as sweep
  from pg_stat_user_tables s join pg_class c on c.oid = s.relid
  where s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)
    or (s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0) and pg_table_size(s.relid) <= $1)
  order by s.n_mod_since_analyze desc`;
