import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { InputError, UnavailableError } from "../errors/errors.ts";
import type { ConfigInput } from "./config.ts";
import { checkConfig } from "./config-check.ts";

/** The user's own file: `$XDG_CONFIG_HOME/loam/config.json`, else `~/.config/loam/config.json`. */
export function userConfigPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "loam", "config.json");
}

/**
 * What the user's file says; empty when there is none.
 *
 * @throws {InputError} `unreadable_config` when it is no JSON.
 * @throws {UnavailableError} when it cannot be read.
 */
export async function readUserConfig(path = userConfigPath()): Promise<ConfigInput> {
  const text = await readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return "{}";
    throw new UnavailableError("config", `${path} cannot be read (${error.message}).`, {
      hint: "check that the file is yours and that you may read it",
      cause: error,
    });
  });
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (cause) {
    throw new InputError("unreadable_config", `${path} is no JSON (${(cause as Error).message}).`, {
      details: { path },
      hint: "correct or remove it",
      cause,
    });
  }
  return checkConfig(values, path);
}

/**
 * Changes the user's file: reads it, applies `change`, checks the result and replaces the file whole. It may hold
 * keys, so only its owner can read it (mode 600), from its first byte on.
 *
 * @throws {UnavailableError} when it cannot be written.
 */
export async function updateUserConfig(
  change: (current: ConfigInput) => ConfigInput,
  path = userConfigPath(),
): Promise<ConfigInput> {
  const next = checkConfig(change(structuredClone(await readUserConfig(path))), path);
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(next, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new UnavailableError("config", `${path} cannot be written (${(cause as Error).message}).`, {
      details: { path, errno: (cause as NodeJS.ErrnoException).code },
      hint: "check who may write that folder, and that the disk is not full",
      cause,
    });
  }
  return next;
}
