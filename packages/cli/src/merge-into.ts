import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ArgumentError } from "@loam/core";
import { describeAdapter, exportAdaptedOnnx, exportMergedGguf, mergeAdapter } from "@loam/peft";
import type { Io } from "./io.ts";

export interface MergeIntoOptions {
  base: string;
  adapter: string;
  output: string;
  format: "folder" | "gguf" | "onnx";
  /** What may be lost: nothing, or a model that is there. */
  overwrite: "nothing" | "model";
}

/** Merges without ever removing what the merge does not replace. @returns bytes written, and what to know about them. */
export async function mergeInto(
  { base, adapter, output, format, overwrite }: MergeIntoOptions,
  { progress: onProgress, signal, note }: Io,
): Promise<{ sizeBytes: number; notes: string[] }> {
  if ([base, adapter].some((folder) => resolve(folder) === resolve(output)))
    throw new ArgumentError("output", output, "another path than those that are read");
  if ((format === "gguf") !== output.endsWith(".gguf"))
    throw new ArgumentError(
      "output",
      output,
      format === "gguf" ? "a file that ends in .gguf" : `a folder for --to ${format}`,
    );
  await requireFree(output, { format, overwrite });
  const { base: trainedOn } = await describeAdapter(adapter);
  if (trainedOn !== null && resolve(trainedOn) !== resolve(base))
    note(`The adapter was trained on ${trainedOn}; it is folded into ${base}.`);
  const options = { onProgress, signal };
  if (format === "gguf") {
    const { notes } = await exportMergedGguf(base, adapter, { ...options, outFile: output });
    return { sizeBytes: (await stat(output)).size, notes };
  }
  if (format === "onnx") await exportAdaptedOnnx(base, adapter, { signal, outDir: output });
  else await mergeAdapter(base, adapter, output, options);
  return { sizeBytes: await folderSize(output), notes: [] };
}

async function folderSize(folder: string): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) sizeBytes += (await stat(join(entry.parentPath, entry.name))).size;
  return sizeBytes;
}

async function requireFree(
  output: string,
  { format, overwrite }: Pick<MergeIntoOptions, "format" | "overwrite">,
): Promise<void> {
  const there = await stat(output).catch(() => undefined);
  if (!there) return;
  const inside = there.isDirectory() ? await readdir(output) : undefined;
  if (inside?.length === 0 && format !== "gguf") return;
  const isModel = format === "gguf" ? !inside : inside?.includes("config.json");
  if (!isModel)
    throw new ArgumentError("output", output, "a new path", "what is there is no model and is not replaced");
  if (overwrite === "nothing")
    throw new ArgumentError("output", output, "a new path", "choose another name, or replace the model with --force");
}
