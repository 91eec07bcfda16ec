import type pg from "pg";
import { type ReadLimits, type ReadResult, ReadTimeoutError, RowCollector, typeName } from "./read-only.ts";

/** Rows that are asked for at once. */
const rowsAtOnce = 100;
/** So many connections of the pool may read at once; the others are for everybody else. */
const readersAtOnce = 2;
const asText = { getTypeParser: () => (value: string) => value };

/** Reads on a Postgres server: in a transaction that cannot write, which the server itself ends when its time is up. */
export function serverReader(pool: pg.Pool): (text: string, limits: ReadLimits) => Promise<ReadResult> {
  let busy = 0;
  const waiting: (() => void)[] = [];
  return async (text, limits) => {
    if (busy >= readersAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy++;
    try {
      const client = await pool.connect();
      try {
        return await read(client, text, limits);
      } catch (error) {
        throw (error as { code?: string }).code === "57014" ? new ReadTimeoutError(limits.timeoutMs) : error;
      } finally {
        await client.query("rollback").catch(() => {});
        client.release();
      }
    } finally {
      const next = waiting.shift();
      if (next) next();
      else busy--;
    }
  };
}

async function read(client: pg.PoolClient, text: string, limits: ReadLimits): Promise<ReadResult> {
  const until = performance.now() + limits.timeoutMs;
  await client.query("begin transaction read only");
  for (const setting of [
    `set local statement_timeout = ${Math.ceil(limits.timeoutMs)}`,
    "set local standard_conforming_strings = on",
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO'",
    "set local max_parallel_workers_per_gather = 0",
  ])
    await client.query(setting);
  await client.query(`declare reading no scroll cursor for ${text}`);
  const collected = new RowCollector(limits);
  let columns: ReadResult["columns"] = [];
  for (;;) {
    const leftMs = Math.ceil(until - performance.now());
    if (leftMs <= 0) throw new ReadTimeoutError(limits.timeoutMs);
    await client.query(`set local statement_timeout = ${leftMs}`);
    const { fields, rows } = await client.query<(string | null)[]>({
      text: `fetch ${rowsAtOnce} from reading`,
      rowMode: "array",
      types: asText,
    });
    columns = fields.map(({ name, dataTypeID }) => ({ name, type: typeName(dataTypeID) }));
    const types = fields.map(({ dataTypeID }) => dataTypeID);
    const wantsMore = rows.every((row) => collected.add(types, row));
    if (!wantsMore || rows.length < rowsAtOnce)
      return { columns, rows: collected.rows, truncated: collected.truncated };
  }
}
