import { UnavailableError } from "@loam/core";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Backend, Database } from "./database.ts";
import * as schema from "./schema/index.ts";

/**
 * Connects to a Postgres server, or to the socket of the process that owns the embedded database.
 *
 * @throws {UnavailableError} when it cannot be reached; the password never stands in the message.
 */
export async function openPostgres(
  config: pg.PoolConfig,
  { role, describedAs }: { role: "client" | "server"; describedAs: string },
): Promise<Backend> {
  const pool = new pg.Pool({ application_name: "loam", connectionTimeoutMillis: 10_000, ...config });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  try {
    await pool.query("select 1");
  } catch (cause) {
    await pool.end();
    throw new UnavailableError("database", `${describedAs} cannot be reached (${reason(cause)}).`, {
      details: { database: describedAs },
      hint: "check that it runs and that DATABASE_URL names it",
      cause,
    });
  }
  return {
    db: drizzle(pool, { schema }) as unknown as Database,
    role,
    execute: async (text, values) => {
      const result: pg.QueryResult | pg.QueryResult[] = await pool.query(text, values?.length ? values : undefined);
      return Array.isArray(result) ? { rows: result.flatMap((each) => each.rows ?? []) } : result;
    },
    close: async () => await pool.end(),
  };
}

/** An AggregateError of several refused addresses has an empty message. */
function reason(cause: unknown): string {
  const { message, errors, code } = cause as Error & { errors?: Error[]; code?: string };
  return message || errors?.map((each) => each.message).join("; ") || code || String(cause);
}
