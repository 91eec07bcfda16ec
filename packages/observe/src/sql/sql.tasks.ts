import { InputError } from "@loam/core";
import { parse } from "libpg-query";
import { checkSqlTree } from "./check-sql.ts";

/**
 * Parses and checks a query, in a thread of its own: what a parser does with hostile text is not to be trusted.
 *
 * @throws {InputError} `sql_syntax` with the place.
 */
export async function checkSql(sql: string): Promise<string> {
  let tree: unknown;
  try {
    tree = await parse(sql);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    const { message, sqlDetails } = error as Error & { sqlDetails?: { cursorPosition?: number } };
    const at = sqlDetails?.cursorPosition;
    throw new InputError(
      "sql_syntax",
      `The query cannot be read: ${message}${at ? ` at character ${at}: ${JSON.stringify(sql.slice(Math.max(0, at - 1), at + 30))}` : ""}.`,
      { details: { name: "sql" }, hint: "it is Postgres' SQL" },
    );
  }
  try {
    return checkSqlTree(sql, tree);
  } catch (error) {
    throw error instanceof RangeError ? tooDeep() : error;
  }
}

function tooDeep(): InputError {
  return new InputError("sql_refused", "The query is refused: it is nested too deeply.", { details: { name: "sql" } });
}
