import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { ReadLimits, ReadResult } from "../read-only/read-only.ts";
import type * as schema from "./tables.ts";

interface Rows<Row> {
  rows: Row[];
}

/** What `db.execute(sql)` answers with, on either engine. */
interface RowsResult extends PgQueryResultHKT {
  type: Rows<this["row"]>;
}

/** The drizzle database, the same type on the embedded PGlite and on a Postgres server. */
export type Database = PgDatabase<RowsResult, typeof schema>;

/** An open connection to either engine, before blobs are added to it. */
export interface Backend {
  readonly db: Database;
  /**
   * `owner`: this process holds the embedded database; `client`: another one does and this one asks it over
   * its socket; `server`: a Postgres server.
   */
  readonly role: "owner" | "client" | "server";
  /** Runs SQL text as it is. Without `values` it may hold several statements; their rows are joined. */
  execute(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** Runs one statement that only reads, with an end to what it may cost. Undefined for a client of another process. */
  read?(text: string, limits: ReadLimits): Promise<ReadResult>;
  close(): Promise<void>;
}
