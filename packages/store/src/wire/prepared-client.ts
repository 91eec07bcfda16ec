import type { QueryOptions } from "@electric-sql/pglite";
import type { EmbeddedDatabase } from "../database/thread/threaded-pglite.ts";
import { bind, describe as describeStatement, execute, parse } from "./extended-messages.ts";
import { closeStatement, SYNC } from "./wire-messages.ts";

/** What drizzle asks of PGlite. */
interface Client {
  query(text: string, values?: unknown[], options?: QueryOptions): Promise<Result>;
  transaction<T>(run: (tx: Pick<Client, "query">) => Promise<T>): Promise<T>;
}

interface Result {
  rows: unknown[];
}

/** A statement that the session knows by its name. */
interface Statement {
  name: string;
  parameters: number[];
  columns: { name: string; dataTypeID: number }[];
}

/** Statements that are kept; lists of different lengths make each a statement of its own. */
const mostStatements = 400;
const isRepeatable = /^\s*(select|insert|update|delete|with|begin|commit|rollback|savepoint|release)\b/i;
/** The statement is not there any more, or gives other columns than when it was prepared. */
const staleCodes: readonly unknown[] = ["26000", "0A000"];

/**
 * PGlite for drizzle, with statements that are parsed once and then sent as one message: EmbeddedDatabase's own `query` parses and
 * describes each anew in six calls, which costs three times as much.
 */
export function preparedClient(pglite: EmbeddedDatabase): Client {
  const statements = new Map<string, Statement>();
  let made = 0;

  const prepare = async (text: string, name: string): Promise<Statement> => {
    const { messages } = await send(pglite, [parse(name, text), describeStatement(name), SYNC]);
    const found: Statement = { name, parameters: [], columns: [] };
    for (const message of messages) {
      if (message.name === "parameterDescription") found.parameters = (message as never as Described).dataTypeIDs;
      if (message.name === "rowDescription") found.columns = (message as never as { fields: [] }).fields;
    }
    return found;
  };

  const statementOf = async (text: string): Promise<Statement> => {
    if (!isRepeatable.test(text)) return await prepare(text, "");
    const known = statements.get(text);
    statements.delete(text);
    const statement = known ?? (await prepare(text, `loam_${made++}`));
    statements.set(text, statement); // the newest is the last
    if (statements.size > mostStatements) {
      const [oldest, { name }] = statements.entries().next().value!;
      statements.delete(oldest);
      await send(pglite, [closeStatement(name), SYNC]);
    }
    return statement;
  };

  const run = async (text: string, values: unknown[], { rowMode, parsers }: QueryOptions): Promise<Result> => {
    const { name, parameters, columns } = await statementOf(text);
    const given = values.map((value, i) => serialized(pglite, value, parameters[i]!));
    const { messages } = await send(pglite, [bind(name, given), execute, SYNC]);
    const readers = columns.map(({ dataTypeID: type }) => parsers?.[type] ?? pglite.parsers[type]);
    const read = (field: string | null, i: number) =>
      field === null ? null : readers[i] ? readers[i](field, columns[i]!.dataTypeID) : field;
    const rows: unknown[] = [];
    for (const message of messages) {
      if (message.name !== "dataRow") continue;
      const fields = (message as never as { fields: (string | null)[] }).fields.map(read);
      rows.push(rowMode === "array" ? fields : Object.fromEntries(fields.map((field, i) => [columns[i]!.name, field])));
    }
    return { rows };
  };

  const alone = async (text: string, values: unknown[] = [], options: QueryOptions = {}): Promise<Result> =>
    await pglite.runExclusive(async () => {
      try {
        return await run(text, values, options);
      } catch (error) {
        if (staleCodes.includes((error as { code?: unknown }).code)) statements.delete(text);
        throw error;
      }
    });

  return {
    query: async (text, values, options) => {
      await pglite.waitReady;
      return await pglite._runExclusiveTransaction(async () => {
        const isKnown = statements.has(text);
        try {
          return await alone(text, values, options);
        } catch (error) {
          if (!isKnown || statements.has(text)) throw error;
          return await alone(text, values, options); // prepared anew
        }
      });
    },
    transaction: async (work) => {
      await pglite.waitReady;
      return await pglite._runExclusiveTransaction(async () => {
        await alone("begin");
        try {
          const result = await work({ query: alone });
          await alone("commit");
          return result;
        } catch (error) {
          await alone("rollback");
          throw error;
        }
      });
    },
  };
}

interface Described {
  dataTypeIDs: number[];
}

async function send(pglite: EmbeddedDatabase, messages: readonly Buffer[]) {
  return await pglite.execProtocol(Buffer.concat(messages), { syncToFs: false });
}

function serialized(pglite: EmbeddedDatabase, value: unknown, type: number): string | null {
  if (value === null || value === undefined) return null;
  const serialize = pglite.serializers[type];
  return serialize ? serialize(value) : String(value);
}
