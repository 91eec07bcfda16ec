import { join } from "node:path";
import type { Config } from "@loam/core";
import type { BlobStore } from "../blobs/blob-store.ts";
import { openBlobs } from "../blobs/open-blobs.ts";
import type { Backend, Database } from "./database.ts";
import { openEmbedded } from "./embedded.ts";
import { chooseHome, prepareHome } from "./home.ts";
import { migrate } from "./migrate.ts";
import type { Durability } from "./thread/durable-folder.ts";

/** Everything that lasts: rows and bytes. */
export interface Store {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly role: Backend["role"];
  /** Runs one statement that only reads, with an end to what it may cost; undefined where another process owns the database. */
  readonly read: Backend["read"];
  /** The folder of the embedded database and of the blobs that are kept as files. */
  readonly home: string;
  /** Lets go of blobs and database. Calling it twice is fine. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Default: `LOAM_HOME`, else `./.loam` when it is there, else `~/.loam`. */
  home?: string;
  /** `postgres://…` of a server. Default: `DATABASE_URL`; without one, or when empty, the database is embedded in `home`. */
  databaseUrl?: string;
  /** `s3://bucket/prefix?…` or a folder. Default: `BLOB_URL`; without one, or when empty, the folder `blobs` in `home`. */
  blobUrl?: string;
  /** Connections to a database server that may be open at once; 10 when left out. */
  poolSize?: number;
  /** A statement that a server has not answered by then has lost its connection; 120 when left out. */
  databaseTimeoutSeconds?: number;
  /** The same for a request to S3; 30 when left out. */
  blobTimeoutSeconds?: number;
  /** What commits to the embedded database survive; a server has its own settings. Default: `disk`. */
  durability?: Durability;
}

/** How a configuration says that its store is opened. */
export const storeOptions = ({
  home,
  databaseUrl,
  blobUrl,
  store,
}: Pick<Config, "home" | "databaseUrl" | "blobUrl" | "store">): StoreOptions => ({
  ...{ home, databaseUrl, blobUrl },
  ...store,
});

/**
 * Opens the store and brings its schema up to date.
 *
 * @throws {UnavailableError} when the folder cannot be written or the database cannot be reached.
 * @throws {UnsupportedError} when the database was written by a newer version.
 */
export async function openStore({
  home: askedHome,
  databaseUrl = process.env.DATABASE_URL,
  blobUrl = process.env.BLOB_URL,
  poolSize,
  databaseTimeoutSeconds,
  blobTimeoutSeconds,
  durability,
}: StoreOptions = {}): Promise<Store> {
  const home = chooseHome(askedHome);
  // With a server and S3 nothing is kept here: a worker may run without a writable disk.
  if (!databaseUrl || !blobUrl) prepareHome(home);
  const blobs = await openBlobs(blobUrl || join(home, "blobs"), { timeoutSeconds: blobTimeoutSeconds });
  const backend = await openBackend({ home, databaseUrl, poolSize, databaseTimeoutSeconds, durability });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await blobs.close();
    await backend.close();
  };
  return {
    db: backend.db,
    role: backend.role,
    read: backend.read,
    blobs,
    home,
    close: () => (closing ??= close()),
  };
}

/** The database without blobs. `migrations: "none"` leaves it as it is. */
export async function openBackend({
  home,
  databaseUrl,
  poolSize,
  databaseTimeoutSeconds,
  durability,
  migrations = "all",
}: {
  home: string;
  databaseUrl?: string;
  poolSize?: number;
  databaseTimeoutSeconds?: number;
  durability?: Durability;
  migrations?: "all" | "none";
}): Promise<Backend> {
  return databaseUrl
    ? await openServer(databaseUrl, { poolSize, timeoutSeconds: databaseTimeoutSeconds, migrations })
    : await openEmbedded(home, { durability, migrations });
}

async function openServer(
  databaseUrl: string,
  {
    poolSize = 10,
    timeoutSeconds = 120,
    migrations,
  }: { poolSize?: number; timeoutSeconds?: number; migrations: "all" | "none" },
): Promise<Backend> {
  const { openPostgres } = await import("./postgres.ts");
  const backend = await openPostgres(
    { connectionString: databaseUrl, max: poolSize, query_timeout: timeoutSeconds * 1000, keepAlive: true },
    { role: "server", describedAs: host(databaseUrl) },
  );
  try {
    if (migrations === "all") await migrate(backend.db);
    return backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** The server's address without user and password. */
function host(databaseUrl: string): string {
  try {
    const { host, pathname } = new URL(databaseUrl);
    return `Postgres at ${host || "a local socket"}${pathname}`;
  } catch {
    return "Postgres";
  }
}
