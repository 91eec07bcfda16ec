import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where compiled graphs and weights are kept between runs: `LOAM_CACHE`, else `~/.cache/loam`. */
export function cacheFolder(...parts: string[]): string {
  const folder = join(process.env.LOAM_CACHE ?? join(homedir(), ".cache", "loam"), ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A file with these bytes, named for their hash, so that equal arrays share one file. */
export function spillToFile(bytes: Uint8Array): string {
  const file = join(cacheFolder("weights"), `${createHash("sha256").update(bytes).digest("hex")}.bin`);
  if (!existsSync(file)) {
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, bytes);
    renameSync(temporary, file);
  }
  return file;
}
