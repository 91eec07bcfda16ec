import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UnsupportedError } from "@loam/core";
import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { migrationTag, rooms } from "./rooms.ts";

/** A folder for each room, written by `drizzle-kit generate`. */
const FOLDER = join(import.meta.dirname, "../../migrations");
/** An arbitrary number that only Loam's migrations lock on. */
const ADVISORY_LOCK = 5_063_118_021;

/** One file of a room's folder: its name, and its statements. */
interface Migration {
  tag: string;
  statements: string[];
}

/**
 * Brings the schema up to date. Several processes may start at once: one migrates, the others wait for it. All
 * pending migrations are one transaction, so a crash leaves the schema as it was.
 *
 * @param options.only of all migrations these, for a database that is to be as an older Loam left it.
 * @returns the tags that were applied now.
 * @throws {UnsupportedError} when the database was written by a newer Loam.
 */
export async function migrate(
  db: Database,
  { folder = FOLDER, only }: { folder?: string; only?: ReadonlySet<string> } = {},
): Promise<string[]> {
  const known = readMigrations(folder);
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    await tx.execute(sql`create table if not exists loam_migrations (
      tag text primary key, applied_at timestamptz not null default now())`);
    const { rows } = await tx.execute<{ tag: string }>(sql`select tag from loam_migrations`);
    const applied = new Set(rows.map((row) => row.tag));
    refuseNewer(known, new Set([...applied, ...(only ?? [])]));
    const pending = known.filter(({ tag }) => !applied.has(tag) && (!only || only.has(tag)));
    for (const { tag, statements } of pending) {
      for (const statement of statements) await tx.execute(sql.raw(statement));
      await tx.execute(sql`insert into loam_migrations (tag) values (${tag})`);
    }
    return pending.map(({ tag }) => tag);
  });
}

function refuseNewer(known: Migration[], applied: Set<string>): void {
  const unknown = [...applied].filter((tag) => !known.some((migration) => migration.tag === tag));
  if (unknown.length === 0) return;
  throw new UnsupportedError(
    `The database holds schema changes this version of Loam does not know: ${unknown.join(", ")}.`,
    { details: { unknown, newestKnown: known.at(-1)?.tag }, hint: "update Loam, or point it at another database" },
  );
}

function readMigrations(folder: string): Migration[] {
  return rooms.flatMap((room) => {
    const journal = JSON.parse(readFileSync(join(folder, room, "meta", "_journal.json"), "utf8")) as {
      entries: { tag: string }[];
    };
    return journal.entries.map(({ tag }) => ({
      tag: migrationTag(room, tag),
      statements: readFileSync(join(folder, room, `${tag}.sql`), "utf8").split("--> statement-breakpoint"),
    }));
  });
}
