import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ArgumentError } from "@loam/core";
import { describeAdapter, mergeAdapter } from "@loam/peft";
import type { Io } from "./io.ts";

export interface MergeIntoOptions {
  base: string;
  adapter: string;
  output: string;
  /** What may be lost: nothing, or a model that the output folder holds. */
  overwrite: "nothing" | "model";
}

/** Merges without ever removing what the merge does not replace. @returns bytes of the folder written. */
export async function mergeInto({ base, adapter, output, overwrite }: MergeIntoOptions, io: Io): Promise<number> {
  await requireFree(output, { base, adapter, overwrite });
  const { base: trainedOn } = await describeAdapter(adapter);
  if (trainedOn !== null && resolve(trainedOn) !== resolve(base))
    io.note(`The adapter was trained on ${trainedOn}; it is folded into ${base}.`);
  await mergeAdapter(base, adapter, output, { onProgress: io.progress, signal: io.signal });
  let sizeBytes = 0;
  for (const name of await readdir(output)) sizeBytes += (await stat(join(output, name))).size;
  return sizeBytes;
}

async function requireFree(
  output: string,
  { base, adapter, overwrite }: Pick<MergeIntoOptions, "base" | "adapter" | "overwrite">,
): Promise<void> {
  if ([base, adapter].some((folder) => resolve(folder) === resolve(output)))
    throw new ArgumentError("output", output, "another folder than those that are read");
  const there = await readdir(output).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOTDIR") return ["a file"];
    return [];
  });
  if (there.length === 0) return;
  if (!there.includes("config.json"))
    throw new ArgumentError("output", output, "a new folder", "what is there is no model and is not replaced");
  if (overwrite === "nothing")
    throw new ArgumentError("output", output, "a new folder", "choose another name, or replace the model with --force");
}
