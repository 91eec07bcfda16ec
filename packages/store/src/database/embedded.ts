import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "@loam/core";
import { drizzle } from "drizzle-orm/pglite";
import { EmbeddedReader } from "../read-only/embedded-reader.ts";
import { preparedClient } from "../wire/prepared-client.ts";
import { listenOnSocket, type WireServer } from "../wire/wire-server.ts";
import type { Backend, Database } from "./database.ts";
import { type FolderLock, lockFolder, type Owner, removeSocket, SOCKET_NAME } from "./folder-lock.ts";
import { migrate } from "./migrate.ts";
import { makeSocketFolder } from "./socket-folder.ts";
import { tendTables } from "./table-care.ts";
import * as schema from "./tables.ts";
import type { Durability } from "./thread/durable-folder.ts";
import { type EmbeddedDatabase, openInThread } from "./thread/threaded-pglite.ts";

/** How long an owner that does not let us in is asked again before giving up. */
const PATIENCE_MS = 30_000;

/**
 * Opens the embedded database of a home folder: as its owner, or, when another process owns it, through that one's
 * socket.
 *
 * @throws {UnavailableError} when the database cannot be opened or its owner cannot be reached.
 */
export async function openEmbedded(
  home: string,
  { durability = "disk", migrations = "all" }: { durability?: Durability; migrations?: "all" | "none" } = {},
): Promise<Backend> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const door = lazyDoor(home);
    const held = await lockFolder(home, door.open);
    if ("release" in held) return await openAsOwner(home, held, door, { durability, migrations });
    await door.close();
    try {
      return await openAsClient(home, held);
    } catch (error) {
      // It may be closing just now: then its lock is the next thing to go.
      if (Date.now() > giveUpAt) throw error;
      await sleep(100);
    }
  }
}

/** The owner's socket, opened when the lock is about to be taken. */
interface Door {
  open(): Promise<string | undefined>;
  server(): WireServer | undefined;
  close(): Promise<void>;
}

function lazyDoor(home: string): Door {
  let folder: string | undefined;
  let server: WireServer | undefined;
  return {
    open: async () => {
      if (folder || process.platform === "win32") return folder; // node-postgres reaches no pipe there
      folder = makeSocketFolder(home);
      server = await listenOnSocket(join(folder, SOCKET_NAME));
      return folder;
    },
    server: () => server,
    close: async () => {
      await server?.close();
      if (folder) removeSocket(folder);
    },
  };
}

async function openAsOwner(
  home: string,
  lock: FolderLock,
  door: Door,
  { durability, migrations }: { durability: Durability; migrations: "all" | "none" },
): Promise<Backend> {
  let pglite: EmbeddedDatabase | undefined;
  let reader: EmbeddedReader | undefined;
  let endCare: (() => Promise<void>) | undefined;
  const close = async () => {
    await endCare?.();
    await reader?.close();
    await door.close();
    await pglite?.close();
    lock.release();
  };
  try {
    pglite = await openDatabase(join(home, "pg"), durability);
    const db = drizzle(preparedClient(pglite) as never, { schema }) as unknown as Database;
    if (migrations === "all") await migrate(db);
    await door.server()?.serve(pglite);
    reader = new EmbeddedReader(pglite, join(home, "pg"));
    endCare = tendTables(pglite);
    return {
      db,
      role: "owner",
      execute: (text, values) => execute(pglite!, text, values),
      read: (text, limits) => reader!.read(text, limits),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(folder: string, durability: Durability): Promise<EmbeddedDatabase> {
  requireDatabaseOrNothing(folder);
  try {
    return await openInThread(folder, durability);
  } catch (cause) {
    throw new UnavailableError("database", `${folder} cannot be opened (${(cause as Error).message}).`, {
      details: { folder },
      hint: "check that the disk has room and the folder is yours; LOAM_HOME names another one",
      cause,
    });
  }
}

/** What every data directory of Postgres has; without one of these, a new database would be made over the old. */
const landmarks = ["PG_VERSION", "global/pg_control", "base", "pg_wal"];

/** Refuses a folder that holds something and is no database, as initdb and Postgres do. */
function requireDatabaseOrNothing(folder: string): void {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  const missing = landmarks.filter((name) => !existsSync(join(folder, name)));
  if (found.length === 0 || missing.length === 0) return;
  throw new UnavailableError(
    "database",
    `${folder} is not empty and no database: it has no ${missing.map((name) => JSON.stringify(name)).join(", ")}.`,
    {
      details: { folder, missing },
      hint: "nothing was changed there: put back what is missing or a backup of the folder, or move it away to begin anew",
    },
  );
}

/**
 * A failed `begin … commit` must not leave the one session in an aborted transaction, so it is run inside one that
 * PGlite ends itself, before anything else gets in.
 */
async function execute(pglite: EmbeddedDatabase, text: string, values?: unknown[]) {
  if (values?.length) return await pglite.query<Record<string, unknown>>(text, values);
  const results = /\bbegin\b/i.test(text)
    ? await pglite.transaction((transaction) => transaction.exec(text))
    : await pglite.exec(text);
  return { rows: results.flatMap((result) => result.rows ?? []) };
}

async function openAsClient(home: string, owner: Owner): Promise<Backend> {
  const describedAs = `the database in ${home}, held by process ${owner.pid},`;
  if (!owner.socketFolder) {
    throw new UnavailableError("database", `${describedAs} is not shared on this system.`, {
      details: { home, owner },
      hint: "end that process, or use a Postgres server (DATABASE_URL)",
    });
  }
  const { openPostgres } = await import("./postgres.ts");
  return await openPostgres(
    { host: owner.socketFolder, port: 5432, user: "postgres", database: "postgres", connectionTimeoutMillis: 60_000 },
    { role: "client", describedAs },
  );
}
