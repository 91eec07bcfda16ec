import { ArgumentError, InputError, UnavailableError, withinBudget } from "@loam/core";
import type { ReadResult, Store } from "@loam/store";
import { withViews } from "./views.ts";

export interface SqlOptions {
  /** 10 s unless said otherwise. */
  timeoutMs?: number;
  /** 10,000 unless said otherwise. */
  maxRows?: number;
}

const maxSqlChars = 20_000;
const maxRowBytes = 1024 ** 2;
const maxBytes = 64 * 1024 ** 2;
const tasks = new URL(`./sql.tasks${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/**
 * Answers one `select` over the documented views. It cannot write, cannot read anything else of the database, and is
 * ended when its time is up: by the server where there is one, and else with the thread that it runs in.
 *
 * @throws {InputError} when it is refused, or fails for what it says.
 * @throws {ReadTimeoutError} @throws {UnavailableError} where another process owns the embedded database.
 */
export async function runSql(
  store: Store,
  sql: string,
  { timeoutMs = 10_000, maxRows = 10_000 }: SqlOptions = {},
): Promise<ReadResult> {
  if (sql.length > maxSqlChars)
    throw new ArgumentError("sql", `${sql.length} characters`, `at most ${maxSqlChars} characters`);
  if (!store.read)
    throw new UnavailableError("database", "is owned by another process, which answers queries itself.", {
      hint: "ask the running server: `loam sql` does, at its address (`--url`)",
    });
  const statement = await withinBudget<string>({ module: tasks, name: "checkSql", what: "Reading the query" }, sql, {
    seconds: 5,
    memoryMiB: 256,
  });
  try {
    const result = await store.read(withViews(statement, { maxRows, maxRowBytes }), { timeoutMs, maxRows, maxBytes });
    return result;
  } catch (error) {
    throw asInputError(error);
  }
}

/** What the database says of a query that is wrong: a column that is not there, a division by zero. */
function asInputError(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code !== "string" || !/^(22|42|21|2F|54|53|0A|25)[0-9A-Z]{3}$/.test(code)) return error;
  const tooLarge = /a row of (\d+) bytes/.exec(message)?.[1];
  if (tooLarge)
    return new InputError("row_too_large", `A row of the result has ${tooLarge} bytes; ${maxRowBytes} are allowed.`, {
      details: { name: "sql" },
      hint: "ask for parts of its columns: `left(input::text, 1000)`",
    });
  return new InputError("sql_failed", `The query failed: ${message}.`, {
    details: { name: "sql", sqlState: code },
    hint: "`GET /api/sql/views` lists the tables and their columns",
  });
}
