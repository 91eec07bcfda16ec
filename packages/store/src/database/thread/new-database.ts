import { fork } from "node:child_process";
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Writes a new database into a folder that does not exist yet, or is empty; whole or not at all.
 *
 * A process of its own does it, because PGlite needs two instances for this and V8 another 640 MB to make functions fast
 * that are used once. It writes beside the folder: one that outlives its parent must not touch what the next has opened.
 */
export async function makeDatabase(folder: string): Promise<void> {
  const parent = dirname(folder);
  const prefix = `${basename(folder)}.new-`;
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(parent))
    if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true });
  const fresh = mkdtempSync(join(parent, prefix));
  try {
    await write(fresh);
    rmSync(folder, { recursive: true, force: true }); // it is empty; Windows renames onto nothing that is there
    renameSync(fresh, folder);
    syncFolder(parent);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
}

function write(folder: string): Promise<void> {
  const child = fork(program, [folder], {
    execArgv: ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"],
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return new Promise((resolve, reject) => {
    let message: string | undefined;
    child.on("message", (said: { message: string }) => {
      message = said.message;
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(message ?? `the process that makes it ended with ${signal ?? code}`));
    });
  });
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  const descriptor = openSync(folder, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

const ending = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const program = fileURLToPath(new URL(`./new-database.process${ending}`, import.meta.url));
