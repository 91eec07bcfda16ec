import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type StoreOptions } from "../database/store.ts";
import { postgresBinaries, startPostgres } from "./postgres.ts";

/** One of the databases a store runs on; the same tests run on each. */
export interface StoreEngine {
  /** For `describe`; says why when the engine is not there. */
  name: string;
  /** For `describe.skipIf`. `LOAM_REQUIRE_POSTGRES=1` turns a missing server from a skip into a failure. */
  missing: boolean;
  start(): Promise<StartedEngine>;
}

export interface StartedEngine {
  /** The options of a new, empty store; opening them again opens the same one. */
  newStore(): Promise<StoreOptions>;
  stop(): Promise<void>;
}

/**
 * The embedded database, and a real Postgres server that is started for the occasion.
 * @example
 * ```ts
 * for (const engine of storeEngines()) {
 *   describe.skipIf(engine.missing)(engine.name, () => { … });
 * }
 * ```
 */
export function storeEngines(): StoreEngine[] {
  const missing = !postgresBinaries() && process.env.LOAM_REQUIRE_POSTGRES !== "1";
  return [
    { name: "embedded", missing: false, start: startEmbedded },
    {
      name: missing ? "Postgres server (skipped: no initdb found; install postgresql)" : "Postgres server",
      missing,
      start: startServer,
    },
  ];
}

async function startEmbedded(): Promise<StartedEngine> {
  const folders: string[] = [];
  return {
    newStore: async () => {
      const home = await newHome();
      folders.push(home);
      return { home, databaseUrl: "", blobUrl: "", durability: "process" };
    },
    stop: async () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A temporary home folder with an empty, migrated database: a copy of one that is made once per process, which is
 * faster than making each (a copied folder opens in 0.3 s, a new one in about 3 s). Removing it is up to the caller.
 */
export async function newHome(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "loam-store-"));
  cpSync(join(await (template ??= makeTemplate()), "pg"), join(home, "pg"), { recursive: true });
  return home;
}
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "loam-template-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  const store = await openStore({ home, databaseUrl: "", blobUrl: "", durability: "process" });
  await store.close();
  return home;
}

async function startServer(): Promise<StartedEngine> {
  const postgres = await startPostgres();
  const homes: string[] = [];
  return {
    newStore: async () => {
      const home = mkdtempSync(join(tmpdir(), "loam-store-")); // for blobs
      homes.push(home);
      return { home, databaseUrl: await postgres.createDatabase(), blobUrl: "" };
    },
    stop: async () => {
      await postgres.stop();
      for (const home of homes) rmSync(home, { recursive: true, force: true });
    },
  };
}
