import { UnavailableError } from "@loam/core";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { serverReader } from "../read-only/server-reader.ts";
import type { Backend, Database } from "./database.ts";
import * as schema from "./tables.ts";

/**
 * Connects to a Postgres server, or to the socket of the process that owns the embedded database.
 *
 * @param describedAs What errors call it; holds no password.
 * @throws {UnavailableError} when it cannot be reached. Statements whose connection is lost later fail with the same
 * error, as the `cause` of drizzle's.
 */
export async function openPostgres(
  config: pg.PoolConfig,
  { role, describedAs }: { role: "client" | "server"; describedAs: string },
): Promise<Backend> {
  const pool = new ReportingPool(
    {
      application_name: "loam",
      connectionTimeoutMillis: 10_000,
      ...config,
      Client: reportingClient(describedAs, role),
    },
    (error) => lostConnection(error, describedAs, role),
  );
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  try {
    await pool.query("select 1");
  } catch (error) {
    await pool.end();
    throw error instanceof UnavailableError ? error : unreachable(error, describedAs, role);
  }
  return {
    db: drizzle(pool, { schema }) as unknown as Database,
    role,
    execute: async (text, values) => {
      // Several statements are answered by a list, which the types do not say.
      const result = (await pool.query(text, values?.length ? values : undefined)) as pg.QueryResult | pg.QueryResult[];
      return { rows: [result].flat().flatMap((each) => each.rows ?? []) };
    },
    ...(role === "server" ? { read: serverReader(pool) } : {}),
    close: async () => await pool.end(),
  };
}

type Translate = (error: unknown) => unknown;

/** A pool whose callers learn of a lost connection in words of ours. */
class ReportingPool extends pg.Pool {
  readonly #translate: Translate;

  constructor(config: pg.PoolConfig, translate: Translate) {
    super(config);
    this.#translate = translate;
  }

  override query(...args: unknown[]): never {
    return rejecting((super.query as (...args: unknown[]) => unknown).apply(this, args), this.#translate);
  }

  override connect(...args: unknown[]): never {
    return rejecting((super.connect as (...args: unknown[]) => unknown).apply(this, args), this.#translate);
  }
}

/** The same for statements inside a transaction, which a client is taken out of the pool for. */
function reportingClient(describedAs: string, role: Backend["role"]): typeof pg.Client {
  return class extends pg.Client {
    constructor(...args: ConstructorParameters<typeof pg.Client>) {
      super(...args);
      // A connection that breaks while it is out of the pool has no other listener; its statements fail by themselves.
      this.on("error", () => {});
    }

    override query(...args: unknown[]): never {
      const result = (super.query as (...args: unknown[]) => unknown).apply(this, args);
      return rejecting(result, (error) => {
        // The statement may still be running: what comes after it on this connection would wait for it.
        if (isTimeout(error)) this.connection.stream.destroy();
        return lostConnection(error, describedAs, role);
      });
    }
  } as typeof pg.Client;
}

/** Callback-style calls answer with no promise and are left alone: they are the pool's own. */
function rejecting(result: unknown, translate: Translate): never {
  const told: unknown =
    result instanceof Promise
      ? result.catch((error) => {
          throw translate(error);
        })
      : result;
  return told as never;
}

const LOST = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ETIMEDOUT", "57P01", "57P02", "57P03"]);

/** `query_timeout` of the driver. */
const isTimeout = (error: unknown): boolean => (error as Error)?.message === "Query read timeout";

function lostConnection(error: unknown, describedAs: string, role: Backend["role"]): unknown {
  if (error instanceof UnavailableError) return error;
  const { code = "", message } = error as Error & { code?: string };
  const lost =
    LOST.has(code) || isTimeout(error) || /Connection terminated|connection error|timeout exceeded/i.test(message);
  return lost ? unreachable(error, describedAs, role) : error;
}

function unreachable(cause: unknown, describedAs: string, role: Backend["role"]): UnavailableError {
  return new UnavailableError("database", `${describedAs} cannot be reached (${reason(cause)}).`, {
    details: { database: describedAs },
    hint:
      role === "client"
        ? "that process has ended or is closing: run the command again and it opens the database itself"
        : "check that it runs and that DATABASE_URL names it",
    cause,
  });
}

/** An AggregateError of several refused addresses has an empty message. */
function reason(cause: unknown): string {
  const { message, errors, code } = cause as Error & { errors?: Error[]; code?: string };
  return message || errors?.map((each) => each.message).join("; ") || code || String(cause);
}
