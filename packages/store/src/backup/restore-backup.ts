import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  ArgumentError,
  InputError,
  NotFoundError,
  ProgressMeter,
  throwIfCancelled,
  UnsupportedError,
} from "@loam/core";
import { sql } from "drizzle-orm";
import type { BlobStore } from "../blobs/blob-store.ts";
import { openBlobs } from "../blobs/open-blobs.ts";
import type { Database } from "../database/database.ts";
import { chooseHome, prepareHome } from "../database/home.ts";
import { migrate } from "../database/migrate.ts";
import { openBackend, type StoreOptions } from "../database/store.ts";
import { type Frame, formatVersion, readFrames } from "./frames.ts";
import { isInside } from "./home-files.ts";
import { describeTables, identifier, plainSettings, RowSum, rowsOf, type TableShape } from "./tables.ts";
import type { BackupContents, BackupOptions } from "./write-backup.ts";

type Frames = AsyncGenerator<{ frame: Frame; payload: Uint8Array }>;
type Sums = Record<string, { count: number; checksum: string }>;

/**
 * Makes a store from a backup: in a folder, on a Postgres server, with blobs as files or in S3, whatever it came from. It
 * must be a new one; every row and every byte is held against what the backup says before it is done, and what fails
 * leaves nothing behind.
 *
 * @throws {ArgumentError} when there is a store already. @throws {InputError} `bad_backup`.
 * @throws {UnsupportedError} for a backup of a newer Loam.
 */
export async function restoreBackup(
  path: string,
  {
    home: askedHome,
    databaseUrl = process.env.DATABASE_URL,
    blobUrl = process.env.BLOB_URL,
    durability,
    signal,
    onProgress,
  }: StoreOptions & BackupOptions = {},
): Promise<BackupContents> {
  const start = performance.now();
  if (!existsSync(path)) throw new NotFoundError("file", path, { hint: "check the path" });
  const home = chooseHome(askedHome);
  if (!databaseUrl && existsSync(home) && readdirSync(home).length > 0)
    throw new ArgumentError("home", home, "a folder that is empty or not there", "a backup is restored into a new one");
  // Once through before anything is made: a file that is cut or changed is told by its own checksum.
  for await (const _ of readFrames(path)) throwIfCancelled(signal, "Restoring");
  prepareHome(home);
  const frames = readFrames(path);
  const tags = await readHead(frames, path);
  const blobs = await openBlobs(blobUrl || join(home, "blobs"));
  const written: string[] = [];
  let database: Awaited<ReturnType<typeof openBackend>> | undefined;
  let isOurs = false;
  try {
    await requireEmpty(blobs, blobUrl || join(home, "blobs"));
    database = await openBackend({ home, databaseUrl, durability, migrations: "none" });
    await requireNoTables(database.db);
    isOurs = true;
    await migrate(database.db, { only: new Set(tags) });
    const meter = new ProgressMeter(onProgress, { task: "restore", unit: "byte" });
    const contents = await fill({ frames, path, database: database.db, blobs, home, written, meter, signal });
    await migrate(database.db); // the backup may be of an older Loam
    return { ...contents, seconds: (performance.now() - start) / 1000 };
  } catch (error) {
    await frames.return(undefined);
    for (const key of written) await blobs.delete(key).catch(() => {});
    if (databaseUrl && isOurs) await dropTables(database!.db).catch(() => {});
    await database?.close();
    database = undefined;
    if (!databaseUrl)
      for (const name of readdirSync(home)) await rm(join(home, name), { recursive: true, force: true });
    throw error;
  } finally {
    await database?.close();
    await blobs.close();
  }
}

async function readHead(frames: Frames, path: string): Promise<string[]> {
  const { value: first } = await frames.next();
  if (first?.frame.kind !== "head" || first.frame.format !== "loam-backup") throw bad(path, "is no backup of Loam");
  if (first.frame.version !== formatVersion)
    throw new UnsupportedError(`${path} is a backup of version ${String(first.frame.version)}; this Loam reads 1.`, {
      hint: "update Loam",
    });
  return (first.frame.migrations as string[]) ?? [];
}

async function requireEmpty(blobs: BlobStore, where: string): Promise<void> {
  for await (const key of blobs.list())
    throw new ArgumentError("blobs", where, `a place without blobs; it has ${key}`, "set BLOB_URL to another prefix");
}

async function requireNoTables(db: Database): Promise<void> {
  const { rows } = await db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' limit 1`,
  );
  if (rows[0])
    throw new ArgumentError("database", rows[0].name, "a database without tables", "create one: createdb NAME");
}

async function dropTables(db: Database): Promise<void> {
  const { rows } = await db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public'`,
  );
  for (const { name } of rows) await db.execute(sql.raw(`drop table if exists ${identifier(name)} cascade`));
}

interface Filling {
  frames: Frames;
  path: string;
  database: Database;
  blobs: BlobStore;
  home: string;
  written: string[];
  meter: ProgressMeter;
  signal: AbortSignal | undefined;
}

/** Rows, blobs and files in the order in which they come. */
async function fill({ frames, path, database, blobs, home, written, meter, signal }: Filling) {
  let table: TableShape | undefined;
  let end: Frame | undefined;
  const found = { blobs: 0, files: 0, bytes: 0 };
  const constraints = await dropReferences(database);
  const known = new Map((await describeTables(database)).map((shape) => [shape.name, shape]));
  // Migrations put first rows into some.
  await database.execute(sql.raw(`truncate ${[...known.keys()].map(identifier).join(", ")}`));
  for await (const { frame, payload } of frames) {
    throwIfCancelled(signal, "Restoring");
    found.bytes += payload.length;
    meter.advance(payload.length);
    if (frame.kind === "table") {
      table = known.get(String(frame.name));
      const columns = frame.columns as TableShape["columns"];
      if (!table || JSON.stringify(table.columns) !== JSON.stringify(columns))
        throw bad(path, `holds a table ${String(frame.name)} that its migrations do not make`);
    } else if (frame.kind === "rows") {
      if (!table) throw bad(path, "has rows without a table");
      await insert(database, table, Buffer.from(payload).toString("utf8"));
    } else if (frame.kind === "blob") {
      const key = String(frame.name);
      written.push(key);
      const parts = partsOf(frames, path, key);
      await blobs.putStream(key, parts);
      found.blobs++;
    } else if (frame.kind === "file") {
      if (!isInside(frame.name)) throw bad(path, `names the file ${JSON.stringify(frame.name)}, outside of its folder`);
      await writeFileOf(join(home, frame.name), partsOf(frames, path, frame.name));
      found.files++;
    } else if (frame.kind === "end") end = frame;
  }
  if (!end) throw bad(path, "has no end");
  for (const statement of constraints) await database.execute(sql.raw(statement));
  const sums = end.tables as Sums;
  await verify(database, [...known.values()], sums, path);
  if (end.blobs !== found.blobs || end.files !== found.files)
    throw bad(path, `holds ${found.blobs} blobs and ${found.files} files; it should ${end.blobs} and ${end.files}`);
  return {
    ...found,
    rows: Object.values(sums).reduce((sum, { count }) => sum + count, 0),
    tables: Object.keys(sums).length,
  };
}

async function insert(database: Database, { name, columns }: TableShape, rows: string): Promise<void> {
  const names = columns.map((column) => identifier(column.name)).join(", ");
  const values = columns.map((column, i) => `(r->>${i})::${column.type}`).join(", ");
  await database.execute(
    sql`insert into ${sql.raw(identifier(name))} (${sql.raw(names)}) overriding system value
        select ${sql.raw(values)} from json_array_elements(${rows}::json) r`,
  );
}

/** Takes away what ties rows to each other while they come in any order. @returns the statements that put it back. */
async function dropReferences(database: Database): Promise<string[]> {
  const { rows } = await database.execute<{ table: string; name: string; definition: string }>(sql`
    select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and n.nspname = 'public'`);
  for (const { table, name } of rows)
    await database.execute(sql.raw(`alter table ${identifier(table)} drop constraint ${identifier(name)}`));
  return rows.map(
    ({ table, name, definition }) =>
      `alter table ${identifier(table)} add constraint ${identifier(name)} ${definition}`,
  );
}

/** Reads back what was written, and sets the counters behind it. */
async function verify(database: Database, tables: TableShape[], sums: Sums, path: string): Promise<void> {
  await database.transaction(async (tx) => {
    await plainSettings(tx);
    for (const table of tables) {
      const sum = new RowSum();
      for await (const rows of rowsOf(tx, table)) sum.add(rows);
      const { count = 0, checksum = new RowSum().checksum } = sums[table.name] ?? {};
      if (sum.count !== count || sum.checksum !== checksum)
        throw bad(path, `gave ${sum.count} rows of ${table.name} (${sum.checksum}); it should ${count} (${checksum})`);
    }
  });
  const { rows: counters } = await database.execute<{ table: string; column: string; sequence: string }>(sql`
    select c.relname as table, a.attname as column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and pg_get_serial_sequence(quote_ident(c.relname), a.attname) is not null`);
  for (const { table, column, sequence } of counters)
    await database.execute(
      sql`select setval(${sequence}, coalesce((select max(${sql.raw(identifier(column))}) from ${sql.raw(identifier(table))}), 0) + 1, false)`,
    );
}

/** The bytes of a blob or file, held against their checksum at the end. */
async function* partsOf(frames: Frames, path: string, name: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (;;) {
    const { value, done } = await frames.next();
    if (done || value.frame.kind !== "part") throw bad(path, `ends within ${name}`);
    if (value.frame.last === true) {
      if (value.frame.sha256 !== hash.digest("hex") || value.frame.size !== bytes)
        throw bad(path, `holds ${name} with other bytes than it says`);
      return;
    }
    hash.update(value.payload);
    bytes += value.payload.length;
    yield value.payload;
  }
}

async function writeFileOf(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600);
  try {
    for await (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

function bad(path: string, problem: string): InputError {
  return new InputError("bad_backup", `${path} ${problem}.`, { details: { path }, hint: "use another backup" });
}
