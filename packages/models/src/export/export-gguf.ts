import { type OnProgress, ProgressMeter, throwIfCancelled, UnsupportedError } from "@loam/core";
import { type GgufFloatType, type GgufTensorToWrite, writeGguf } from "@loam/formats";
import { readTensor, resolveTensorName } from "../checkpoints/checkpoint.ts";
import { type GgufLayoutOptions, permutedHeads, permuteRows, transposed } from "../checkpoints/gguf-layout.ts";
import { ggufArchitecture, ggufModelMetadata, ropeFactors } from "../checkpoints/gguf-metadata.ts";
import { toGgufName } from "../checkpoints/gguf-names.ts";
import type { DecoderModel } from "../model/model.ts";
import { ggufTokenizerFields } from "../tokenizers/gguf-tokenizer-fields.ts";

export interface ExportGgufOptions {
  /** Ends in `.gguf`. */
  outFile: string;
  /** Of the matrices; norms and biases are always 32 bits. */
  type?: "f32" | "f16" | "bf16";
  /** Weights that stand in for the checkpoint's, by their names in the model: those an adapter was merged into. */
  replaced?: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Writes a decoder with its tokenizer and chat template as a GGUF file (version 3) for llama.cpp, Ollama and LM Studio: the
 * Llama, Mistral, Qwen 2, Qwen 3, Gemma 3 and GPT-2 families. Weights are not quantised; `llama-quantize` does that.
 *
 * @returns `notes` say where llama.cpp computes something else.
 * @throws {UnsupportedError} for what llama.cpp cannot compute or a tokenizer it has no form for.
 */
export async function exportModelGguf(
  model: DecoderModel,
  { outFile, type = "f16", replaced = {}, onProgress, signal }: ExportGgufOptions,
): Promise<{ path: string; tensors: number; notes: string[] }> {
  const floatType = type.toUpperCase() as GgufFloatType;
  const metadata = { ...ggufModelMetadata(model, floatType), ...ggufTokenizerFields(model) };
  const layout = ggufLayoutOf(model);
  const names = [...new Set([...tensorNames(model), ...Object.keys(replaced)])];
  const tensors = names.map((name): GgufTensorToWrite => {
    const ggufName = toGgufName(name, layout.architecture);
    if (!ggufName)
      throw new UnsupportedError(`${model.name}: tensor "${name}" has no place in a GGUF file.`, {
        hint: "write the model as a Hugging Face folder instead",
      });
    const shape = replaced[name]?.shape ?? shapeOf(model, name);
    const isConv1d = layout.architecture === "gpt2" && /\.c_\w+\.weight$/.test(name);
    return {
      name: ggufName,
      type: shape.length === 1 ? "F32" : floatType,
      shape: isConv1d ? [...shape].reverse() : shape,
      async read() {
        throwIfCancelled(signal, "Writing GGUF");
        const values = replaced[name]?.data ?? (await readTensor(model.checkpoint, storedName(model, name)!));
        const heads = permutedHeads(name, layout);
        if (heads !== undefined) return permuteRows(values, shape[0]!, heads);
        if (isConv1d) return transposed(values, shape as [number, number]);
        return layout.architecture === "gemma3" && name.endsWith("norm.weight")
          ? gemmaNorm(model, name, values)
          : values;
      },
    };
  });
  const factors = ropeFactors(model);
  if (factors) tensors.push({ name: "rope_freqs.weight", type: "F32", shape: [factors.length], read: () => factors });
  const meter = new ProgressMeter(onProgress, {
    task: "export",
    label: outFile,
    unit: "tensor",
    total: tensors.length,
  });
  await writeGguf(outFile, { metadata, tensors }, { onTensor: () => meter.advance() });
  return { path: outFile, tensors: tensors.length, notes: notesOf(model) };
}

/** Where llama.cpp computes something else than the model was trained with. */
function notesOf({ config, checkpoint }: DecoderModel): string[] {
  const window = (config as { windows?: readonly (number | undefined)[] }).windows?.find((size) => size !== undefined);
  if (window === undefined || String(checkpoint.config.model_type).startsWith("gemma3")) return [];
  return [`llama.cpp has no sliding window for this architecture: keep its context within ${window} tokens.`];
}

/** How llama.cpp wants the tensors of a model. */
export function ggufLayoutOf(model: DecoderModel): GgufLayoutOptions {
  const { ropePairing = "halves" } = model.config as { ropePairing?: "halves" | "adjacent" };
  return { architecture: ggufArchitecture(model), config: model.config, ropePairing };
}

const storedName = ({ checkpoint, architecture }: DecoderModel, name: string): string | undefined =>
  resolveTensorName(checkpoint, architecture, name);

function shapeOf(model: DecoderModel, name: string): readonly number[] {
  const stored = storedName(model, name)!;
  return (model.checkpoint.tensors.get(stored) ?? model.checkpoint.packed!.get(stored)!).shape;
}

/** Everything the model needs and what its files have besides: an output layer of its own, biases of attention. */
function tensorNames(model: DecoderModel): string[] {
  const required = Object.keys(model.architecture.parameters(model.config));
  const more = [
    ...required.flatMap((name) => (name.endsWith(".weight") ? [name.replace(/weight$/, "bias")] : [])),
    "lm_head.weight",
  ];
  return [...required, ...more.filter((name) => !required.includes(name) && storedName(model, name) !== undefined)];
}

/**
 * GGUF adds the 1 that Gemma's norms lack. llama.cpp scales attention by 1/√headDim whatever the config says (in the 27B
 * model, 62 layers, by 1/√(C/H)); what differs goes into the norm of the queries.
 */
function gemmaNorm(model: DecoderModel, name: string, values: Float32Array): Float32Array {
  const { attentionScale, headDim, layers, hiddenSize, heads } = model.config as DecoderModel["config"] & {
    attentionScale: number;
  };
  const computed = (layers === 62 ? hiddenSize / heads : headDim) ** -0.5;
  const factor = name.endsWith("q_norm.weight") ? attentionScale / computed : 1;
  return values.map((x) => (x + 1) * factor);
}
