import { type OnProgress, ProgressMeter, UnsupportedError } from "@loam/core";
import { type GgufField, type GgufTensorToWrite, writeGguf } from "@loam/formats";
import { type DecoderModel, ggufLayoutOf, openModel, permutedHeads, permuteRows, toGgufName } from "@loam/models";
import { type Adapter, readAdapter } from "../files/adapter-files.ts";
import { baseModelOf } from "../layers/base-model.ts";
import type { LoraConfig } from "../methods/lora/config.ts";
import { type LoraFactors, loraFactorsOf } from "./lora-factors.ts";

export interface ExportGgufAdapterOptions {
  /** Folder, file or hub id of the model the adapter was trained on, or the model itself. */
  base: string | DecoderModel;
  /** Ends in `.gguf`. */
  outFile: string;
  type?: "f32" | "f16";
  /** Keep this many of each layer's singular values; left out, the adapter is converted exactly. */
  rank?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What came of it. */
export interface GgufAdapterReport {
  path: string;
  /** Linear layers that the adapter changes, and the smallest and largest rank among them. */
  layers: number;
  ranks: { min: number; max: number };
  /** ‖ΔW − B·A‖ / ‖ΔW‖ of the layer that suffers most from `rank`; 0 where nothing was cut. */
  relativeError: number;
}

/**
 * Writes an adapter as a GGUF LoRA, which llama.cpp (`--lora`), Ollama (`ADAPTER`) and LM Studio put on a GGUF base: the
 * tensors `blk.N.attn_q.weight.lora_a` [r, I] and `.lora_b` [O, r], as `convert_lora_to_gguf.py` writes them. llama.cpp
 * multiplies by α over the rank of the tensor with one α for all layers; where the adapter scales otherwise (rsLoRA,
 * patterns), the difference goes into B.
 *
 * @param adapter a folder, or what `readAdapter` gave
 * @throws {UnsupportedError} for what is no low-rank update (DoRA, trained biases, modules_to_save, IA3, prompts, …) and for
 *   an output layer that is tied to the embeddings.
 */
export async function exportGguf(
  adapter: string | Adapter,
  { base, outFile, type = "f16", rank, onProgress, signal }: ExportGgufAdapterOptions,
): Promise<GgufAdapterReport> {
  const read = typeof adapter === "string" ? await readAdapter(adapter) : adapter;
  const model = typeof base === "string" ? await openModel(base, { onProgress, signal }) : base;
  if (model.kind !== "decoder")
    throw new UnsupportedError(`${model.name} is an encoder; llama.cpp takes LoRA on decoders.`, {
      hint: "export it as it is, for PEFT",
    });
  const factors = await loraFactorsOf(baseModelOf(model), read, { rank });
  const alpha = (read.method.type === "LORA" && rank === undefined && (read.config as LoraConfig).lora_alpha) || 1;
  const tensors = factors.flatMap((factor) => pairOf(model, factor, { alpha, type }));
  const meter = new ProgressMeter(onProgress, {
    task: "export",
    label: outFile,
    unit: "tensor",
    total: tensors.length,
  });
  const text = (value: string): GgufField => ({ type: "string", value });
  const baseName = String(read.config.base_model_name_or_path ?? model.name);
  await writeGguf(
    outFile,
    {
      metadata: {
        "general.architecture": text(ggufLayoutOf(model).architecture),
        "general.type": text("adapter"),
        "adapter.type": text("lora"),
        "adapter.lora.alpha": { type: "f32", value: alpha },
        "general.base_model.count": { type: "u32", value: 1 },
        "general.base_model.0.name": text(baseName),
        "general.file_type": { type: "u32", value: type === "f32" ? 0 : 1 },
      },
      tensors,
    },
    { onTensor: () => meter.advance() },
  );
  const ranks = factors.map(({ A }) => A.rows);
  return {
    path: outFile,
    layers: factors.length,
    ranks: { min: Math.min(...ranks), max: Math.max(...ranks) },
    relativeError: Math.max(...factors.map(({ relativeError }) => relativeError)),
  };
}

function pairOf(
  model: DecoderModel,
  { layer, A, B, scale }: LoraFactors,
  { alpha, type }: { alpha: number; type: "f32" | "f16" },
): GgufTensorToWrite[] {
  if (layer.weight !== `${layer.path}.weight`) {
    throw new UnsupportedError(
      `The adapter changes ${layer.path}, whose weight is the embedding table "${layer.weight}"; llama.cpp would change both.`,
      { hint: "merge it into its base and export the merged model (`loam merge`)" },
    );
  }
  const layout = ggufLayoutOf(model);
  const name = toGgufName(layer.weight, layout.architecture);
  if (!name)
    throw new UnsupportedError(`${layer.path} has no place in a GGUF file.`, {
      hint: "train without that module, or export the adapter as it is",
    });
  const rank = A.rows;
  const factor = (scale * rank) / alpha;
  // α/r · r/α is 1 up to rounding: then B stays what it is, bit for bit.
  const scaled = Float32Array.from(B.values, (x) => (Math.abs(factor - 1) < 1e-12 ? x : x * factor));
  const heads = permutedHeads(layer.weight, layout);
  const ggufType = type === "f32" ? "F32" : "F16";
  return [
    { name: `${name}.lora_a`, type: ggufType, shape: [rank, A.columns], read: () => Float32Array.from(A.values) },
    {
      name: `${name}.lora_b`,
      type: ggufType,
      shape: [B.rows, rank],
      read: () => (heads === undefined ? scaled : permuteRows(scaled, B.rows, heads)),
    },
  ];
}
