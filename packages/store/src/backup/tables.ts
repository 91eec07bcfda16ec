import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";

/** A table as it is in the database, its columns in order. */
export interface TableShape {
  name: string;
  columns: { name: string; type: string }[];
}

type Statements = Pick<Database, "execute">;

/** Every table but the record of migrations, without columns that the database makes by itself. */
export async function describeTables(db: Statements): Promise<TableShape[]> {
  const { rows } = await db.execute<{ table: string; column: string; type: string }>(sql`
    select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and c.relname <> 'loam_migrations'
    order by c.relname, a.attnum`);
  const tables = new Map<string, TableShape>();
  for (const { table, column, type } of rows) {
    const shape = tables.get(table) ?? { name: table, columns: [] };
    shape.columns.push({ name: column, type });
    tables.set(table, shape);
  }
  return [...tables.values()];
}

/** How values are written as text, whatever the server's own settings say: exact, and read back by every Postgres. */
export async function plainSettings(db: Statements): Promise<void> {
  for (const setting of ["timezone = 'UTC'", "bytea_output = 'hex'", "extra_float_digits = 1", "datestyle = 'ISO'"])
    await db.execute(sql.raw(`set local ${setting}`));
}

/** About this much is read at a time, whatever the rows' size. */
const batchBytes = 2 << 20;

/** A table's rows, each a JSON list of its columns as text. Inside a transaction. */
export async function* rowsOf(db: Statements, { name, columns }: TableShape): AsyncGenerator<string[]> {
  const values = columns.map((column) => `${identifier(column.name)}::text`).join(", ");
  await db.execute(
    sql.raw(
      `declare backup_rows no scroll cursor for select to_json(array[${values}])::text as row from ${identifier(name)}`,
    ),
  );
  try {
    for (let count = 20; ; ) {
      const { rows } = await db.execute<{ row: string }>(sql.raw(`fetch forward ${count} from backup_rows`));
      if (rows.length === 0) return;
      yield rows.map(({ row }) => row);
      const meanBytes = rows.reduce((sum, { row }) => sum + row.length, 0) / rows.length;
      count = Math.max(1, Math.min(5000, Math.round(batchBytes / meanBytes)));
    }
  } finally {
    await db.execute(sql.raw("close backup_rows"));
  }
}

/** Count and checksum of rows in whatever order: a sum of the first eight bytes of each row's SHA-256. */
export class RowSum {
  count = 0;
  #sum = 0n;

  add(rows: readonly string[]): void {
    for (const row of rows) this.#sum += createHash("sha256").update(row).digest().readBigUInt64BE(0);
    this.#sum &= (1n << 64n) - 1n;
    this.count += rows.length;
  }

  get checksum(): string {
    return this.#sum.toString(16).padStart(16, "0");
  }
}

/** A name in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
