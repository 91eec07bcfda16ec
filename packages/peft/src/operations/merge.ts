import { resolve } from "node:path";
import { ArgumentError, operation } from "@loam/core";
import { z } from "zod";
import { bytesWritten, modelPath, requireFree } from "./output.ts";

/** Float types as PyTorch calls them, and as the writers do. */
const dtypes = { float32: "f32", bfloat16: "bf16", float16: "f16" } as const;

export const MergeInput = z.strictObject({
  base: modelPath.describe("base model: hub id or folder; `home/NAME` for one of a server's"),
  adapters: z.array(modelPath).min(1).max(50).describe("adapters, folded in one after the other"),
  output: modelPath.describe("folder or .gguf file to write; the name of it on a server"),
  to: z
    .enum(["folder", "gguf", "onnx"])
    .optional()
    .describe("what to write; told from the output's ending when left out"),
  dtype: z
    .enum(["float32", "bfloat16", "float16"])
    .optional()
    .describe("float type of the weights; the base's when left out"),
  force: z.boolean().default(false).describe("replace the model that is there"),
});

/** What was written. */
export interface MergedModel {
  base: string;
  adapters: string[];
  output: string;
  format: "folder" | "gguf" | "onnx";
  sizeBytes: number;
  /** What to know about it. */
  notes: string[];
}

/** What a merge writes: `to`, or what the ending of its output says. */
export const mergeFormat = ({ to, output }: Pick<z.infer<typeof MergeInput>, "to" | "output">): MergedModel["format"] =>
  to ?? (output.endsWith(".gguf") ? "gguf" : "folder");

export const mergeOperation = operation({
  name: "merge",
  summary: "Fold adapters into their base model and write the result",
  description:
    "`folder` is a Hugging Face folder that every program reads which reads the base, in the base's dtypes (float32 for a base " +
    "in 4 bits) unless `dtype` asks for another; `gguf` a file for llama.cpp, Ollama and LM Studio; `onnx` a folder for transformers.js. LoRA, AdaLoRA, LoHa, " +
    "LoKr, IA3, BitFit and diff pruning fold in, bottleneck adapters into `onnx` only; prompts stay beside the model. Several adapters are folded in one after the other; to " +
    "weigh LoRA adapters against each other, see `loam adapters combine`.",
  lasts: "work",
  input: MergeInput,
  run: async (
    _: object,
    { base, adapters, output, dtype, force, ...asked },
    { signal, progress: onProgress },
  ): Promise<MergedModel> => {
    const format = mergeFormat({ output, ...asked });
    await requireOutput({ base, adapters, output, format, force });
    if (format === "onnx" && dtype !== undefined)
      throw new ArgumentError(
        "dtype",
        dtype,
        "nothing beside `to` onnx, which keeps weights as the base stores them",
        "leave it out, or merge into a folder of that type and export that",
      );
    const type = dtype && dtypes[dtype];
    const notes = await foreignNotes(base, adapters);
    const done = { base, adapters, output, format };
    if (format === "gguf") {
      const { exportMergedGguf } = await import("../export/merged-gguf.ts");
      const written = await exportMergedGguf(base, adapters, { outFile: output, type, signal, onProgress });
      notes.push(...written.notes);
    } else if (format === "onnx") {
      const { exportAdaptedOnnx } = await import("../export/merged-onnx.ts");
      await exportAdaptedOnnx(base, adapters, { signal, outDir: output });
    } else {
      const { mergeAdapter } = await import("../merging/merge-adapter.ts");
      await mergeAdapter(base, adapters, output, { signal, onProgress, dtype: type });
    }
    return { ...done, sizeBytes: await bytesWritten(output), notes };
  },
});

/** Nothing is removed but a model that may be replaced. @throws {ArgumentError} */
async function requireOutput({
  base,
  adapters,
  output,
  format,
  force,
}: Pick<MergedModel, "base" | "adapters" | "output" | "format"> & { force: boolean }): Promise<void> {
  if ([base, ...adapters].some((folder) => resolve(folder) === resolve(output)))
    throw new ArgumentError("output", output, "another path than those that are read");
  if ((format === "gguf") !== output.endsWith(".gguf"))
    throw new ArgumentError(
      "output",
      output,
      format === "gguf" ? "a file that ends in .gguf" : `a folder for \`to\` ${format}`,
    );
  await requireFree(output, {
    what: "model",
    force,
    isOurs: (inside) => (format === "gguf" ? inside === undefined : inside?.includes("config.json") === true),
  });
}

/** Says which adapters were trained on another base. */
async function foreignNotes(base: string, adapters: readonly string[]): Promise<string[]> {
  const { describeAdapter } = await import("../trainer/records/describe-adapter.ts");
  const notes: string[] = [];
  for (const adapter of adapters) {
    const { base: trainedOn, name } = await describeAdapter(adapter);
    if (trainedOn !== null && resolve(trainedOn) !== resolve(base))
      notes.push(`${name} was trained on ${trainedOn}; it is folded into ${base}.`);
  }
  return notes;
}
