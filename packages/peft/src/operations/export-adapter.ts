import { ArgumentError, operation } from "@loam/core";
import { z } from "zod";
import { modelPath } from "./output.ts";

export const ExportAdapterInput = z.strictObject({
  adapter: modelPath.describe("the adapter: its folder, or its id on a server"),
  output: modelPath.describe("file to write, ending in .gguf"),
  to: z.enum(["gguf"]).default("gguf").describe("form to write"),
  model: modelPath.optional().describe("base model, instead of the one that the adapter names"),
  rank: z.int().min(1).max(100_000).optional().describe("keep at most this rank"),
  type: z.enum(["f16", "f32"]).default("f16").describe("how numbers are stored"),
});

export const exportAdapterOperation = operation({
  name: "adapter.export",
  summary: "Write an adapter in another program's form",
  description:
    "`gguf` is a LoRA for llama.cpp (`--lora`), Ollama (`ADAPTER`) and LM Studio, to be put on the base as GGUF. LoRA, AdaLoRA, " +
    "LoHa and LoKr become one exactly; `rank` keeps the largest singular values only and says how much is lost. What is no " +
    "low-rank change, such as DoRA or IA3, can be merged: `loam merge BASE ADAPTER -o merged.gguf`.",
  lasts: "work",
  input: ExportAdapterInput,
  run: async (_: object, { adapter, output, model, rank, type }, { signal, progress: onProgress }) => {
    if (!output.endsWith(".gguf")) throw new ArgumentError("output", output, "a file that ends in .gguf");
    const [{ describeAdapter }, { exportGguf }] = await Promise.all([
      import("../trainer/records/describe-adapter.ts"),
      import("../export/gguf-adapter.ts"),
    ]);
    const base = model ?? (await describeAdapter(adapter)).base;
    if (base === null)
      throw new ArgumentError("model", undefined, "the base model", "the adapter names none; say which it is");
    return await exportGguf(adapter, { base, outFile: output, type, rank, onProgress, signal });
  },
});
