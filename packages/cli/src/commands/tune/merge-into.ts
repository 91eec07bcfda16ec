import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ArgumentError, UnsupportedError } from "@loam/core";
import { describeAdapter, exportAdaptedOnnx, exportMergedGguf, mergeAdapter } from "@loam/peft";
import type { Io } from "../../terminal/io.ts";

/** Float types as PyTorch calls them, and as the writers do. */
const dtypes = { float32: "f32", bfloat16: "bf16", float16: "f16" } as const;
type MergeDtype = keyof typeof dtypes;

export interface MergeIntoOptions {
  base: string;
  /** Folded in one after the other. */
  adapters: readonly string[];
  output: string;
  format: "folder" | "gguf" | "onnx";
  /** Of the weights; left out, the base's own. */
  dtype?: MergeDtype;
  /** What may be lost: nothing, or a model that is there. */
  overwrite: "nothing" | "model";
}

/**
 * Merges without ever removing what the merge does not replace. @returns bytes written, and what to know about them.
 *
 * @throws {ArgumentError} when the output is an input, or does not suit the format.
 * @throws {UnsupportedError} for a dtype that the format has not.
 */
export async function mergeInto(
  { base, adapters, output, format, dtype, overwrite }: MergeIntoOptions,
  { progress: onProgress, signal, note }: Io,
): Promise<{ sizeBytes: number; notes: string[] }> {
  if ([base, ...adapters].some((folder) => resolve(folder) === resolve(output)))
    throw new ArgumentError("output", output, "another path than those that are read");
  if ((format === "gguf") !== output.endsWith(".gguf"))
    throw new ArgumentError(
      "output",
      output,
      format === "gguf" ? "a file that ends in .gguf" : `a folder for --to ${format}`,
    );
  await requireFree(output, { format, overwrite });
  if (format === "onnx" && dtype !== undefined)
    throw new UnsupportedError(
      `--dtype ${dtype} has no meaning for --to onnx, which keeps weights as the base stores them.`,
      {
        hint: "leave it out, or merge into a folder of that type and export that",
      },
    );
  for (const adapter of adapters) {
    const { base: trainedOn, name } = await describeAdapter(adapter);
    if (trainedOn !== null && resolve(trainedOn) !== resolve(base))
      note(`${name} was trained on ${trainedOn}; it is folded into ${base}.`);
  }
  const type = dtype && dtypes[dtype];
  const options = { onProgress, signal };
  if (format === "gguf") {
    const { notes } = await exportMergedGguf(base, adapters, { ...options, outFile: output, type });
    return { sizeBytes: (await stat(output)).size, notes };
  }
  if (format === "onnx") await exportAdaptedOnnx(base, adapters, { signal, outDir: output });
  else await mergeAdapter(base, adapters, output, { ...options, dtype: type });
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
