import { existsSync } from "node:fs";
import { join } from "node:path";
import { LoamError, loadConfig, NotFoundError } from "@loam/core";
import { type AdapterDescription, describeAdapter, findAdapters } from "@loam/peft";
import { chooseHome } from "@loam/store";
import type { Io } from "../../terminal/io.ts";

/**
 * Adapters in the given folders or, without any, where adapters usually are. What is wrong with one is told, and the rest goes on.
 *
 * @throws {NotFoundError} when the folder is not there.
 */
export async function listAdapters(
  folders: readonly string[],
  { home, io }: { home?: string; io: Io },
): Promise<AdapterDescription[]> {
  const missing = folders.find((folder) => !existsSync(folder));
  if (missing !== undefined) throw new NotFoundError("folder", missing, { hint: "check the path" });
  const adapters: AdapterDescription[] = [];
  for (const folder of await findAdapters(folders.length > 0 ? folders : await usualFolders(home))) {
    io.signal.throwIfAborted();
    try {
      adapters.push(await describeAdapter(folder));
    } catch (error) {
      if (!(error instanceof LoamError)) throw error;
      io.problem(folder, error);
    }
  }
  return adapters;
}

/** Where adapters usually are: here, and in the library. */
export async function usualFolders(home: string | undefined): Promise<string[]> {
  const { config } = await loadConfig({ flags: home ? { home } : {} });
  return [".", join(chooseHome(config.home), "adapters")];
}
