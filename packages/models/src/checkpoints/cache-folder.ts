import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What can be made again, such as converted weights: below `LOAM_CACHE`, else `~/.cache/loam`. */
export function cacheFolder(...parts: string[]): string {
  const folder = join(process.env.LOAM_CACHE ?? join(homedir(), ".cache", "loam"), ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}
