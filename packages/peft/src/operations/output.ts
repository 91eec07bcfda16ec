import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError } from "@loam/core";
import { z } from "zod";

/** A model, adapter or output, as an input names it. */
export const modelPath = z.string().trim().min(1).max(4000);

/**
 * Nothing is lost but what may be replaced.
 *
 * @param isOurs whether what is there may be replaced with `force`, by the names within; undefined for a file
 * @throws {ArgumentError} when there is something else, or `force` is not set.
 */
export async function requireFree(
  output: string,
  { what, force, isOurs }: { what: string; force: boolean; isOurs: (inside: readonly string[] | undefined) => boolean },
): Promise<void> {
  const there = await stat(output).catch(() => undefined);
  if (!there) return;
  const inside = there.isDirectory() ? await readdir(output) : undefined;
  if (inside?.length === 0 && !output.endsWith(".gguf")) return;
  if (!isOurs(inside))
    throw new ArgumentError("output", output, "a new path", `what is there is no ${what} and is not replaced`);
  if (!force)
    throw new ArgumentError(
      "output",
      output,
      "a new path",
      `choose another name, or replace the ${what} with \`force\` (--force)`,
    );
}

/** Bytes of a file, or of all files in a folder. */
export async function bytesWritten(path: string): Promise<number> {
  const there = await stat(path);
  if (!there.isDirectory()) return there.size;
  let bytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
