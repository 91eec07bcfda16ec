import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UnavailableError } from "@loam/core";

/**
 * The folder that holds everything Loam keeps: the one asked for, else `LOAM_HOME`, else `./.loam` when it is
 * there, else `~/.loam`.
 */
export function chooseHome(asked?: string, { env = process.env, cwd = process.cwd() } = {}): string {
  const named = asked ?? (env.LOAM_HOME || undefined);
  if (named) return resolve(cwd, named.replace(/^~(?=\/|$)/, homedir()));
  const local = join(cwd, ".loam");
  return existsSync(local) ? local : join(homedir(), ".loam");
}

/**
 * Creates the folder, readable by its owner alone, and makes sure it can be written.
 * @throws {UnavailableError} naming the folder and what the system said.
 */
export function prepareHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UnavailableError("store", `the folder ${home} cannot be written (${(cause as Error).message}).`, {
      details: { home, errno: (cause as NodeJS.ErrnoException).code },
      hint: "set LOAM_HOME to a folder you own",
      cause,
    });
  }
}
