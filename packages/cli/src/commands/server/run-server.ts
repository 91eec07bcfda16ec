import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { type Config, loadConfig } from "@loam/core";
import { openStore, type Store, storeOptions } from "@loam/store";
import type { Io } from "../../terminal/io.ts";
import { openBrowser } from "../../terminal/open-browser.ts";
import { untilStopped } from "../../terminal/until-stopped.ts";

export interface RunServerOptions {
  home?: string;
  port?: number;
  host?: string;
  /** `provider:model`, or a local model's name alone. */
  models?: readonly string[];
  ollamaPort?: number;
  /** Left out: here with the embedded database, elsewhere with a database server. */
  work?: "here" | "elsewhere";
  browser?: "open" | "leave";
  io: Io;
}

/** Serves until Ctrl-C. With the embedded database this process also reads queued files. */
export async function runServer({
  home,
  port,
  host,
  models = [],
  ollamaPort,
  work,
  browser = "leave",
  io,
}: RunServerOptions): Promise<void> {
  const named = models.map((name) => (/^[a-z][a-z0-9_-]*:/i.test(name) ? name : `local:${name}`));
  const served = named.length > 0 ? { models: named } : {};
  const load = () => loadConfig({ flags: { ...(home ? { home } : {}), server: { port, host, ...served } } });
  const { config } = await load();
  const store = await openCompiled(config);
  const { startLoam } = await import("@loam/server");
  const server = await startLoam({
    load,
    store,
    studioFolder: findStudio(),
    ollamaPort,
    worker: (work ?? (config.databaseUrl ? "elsewhere" : "here")) === "here" ? "here" : "none",
  });
  try {
    const url = server.loginUrl();
    io.result({ url: server.url }, () => `Loam is at ${url}`);
    io.note("Ctrl-C stops.");
    if (browser === "open" && !(await openBrowser(url))) io.note(`Open ${url} in a browser.`);
    await untilStopped(io.signal);
  } finally {
    await server.close();
  }
}

/**
 * Opens the store before the server is loaded, and has V8 compile as it goes: the largest function of the embedded
 * database takes 640 MB for a moment, which would come on top of what is loaded beside it.
 */
async function openCompiled(config: Config): Promise<Store> {
  setFlagsFromString("--wasm-sync-tier-up");
  try {
    return await openStore(storeOptions(config));
  } finally {
    setFlagsFromString("--no-wasm-sync-tier-up");
  }
}

/** The built Studio: beside this package when installed, in the workspace when run from the repository. */
function findStudio(): string | undefined {
  try {
    const folder = fileURLToPath(new URL("dist/", import.meta.resolve("@loam/studio/package.json")));
    return existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}
