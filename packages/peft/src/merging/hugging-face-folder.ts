import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OnProgress, ProgressMeter, throwIfCancelled, UnsupportedError } from "@loam/core";
import {
  float32ToBfloat16,
  float32ToFloat16,
  type SafetensorsDtype,
  type TensorToWrite,
  writeSafetensors,
} from "@loam/formats";
import {
  type ChatTemplate,
  type CheckpointTensor,
  type DecoderModel,
  type Model,
  readTensor,
  resolveTensorName,
  unpermuteRows,
  writeModelTexts,
} from "@loam/models";
import type { TensorValue } from "../layers/method.ts";

/** Float types by the names people type, as PyTorch calls them and as safetensors does. */
const dtypes = {
  f32: { torch: "float32", file: "F32", bytes: 4 },
  f16: { torch: "float16", file: "F16", bytes: 2 },
  bf16: { torch: "bfloat16", file: "BF16", bytes: 2 },
} as const satisfies Record<string, { torch: CheckpointTensor["dtype"]; file: SafetensorsDtype; bytes: number }>;

type FolderDtype = keyof typeof dtypes;

export interface HuggingFaceFolderOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** A file of weights larger than this is begun anew; each is in memory while it is written. */
  shardBytes?: number;
  /** Of all weights; left out, each keeps its own, and 4-bit weights become f32. */
  dtype?: FolderDtype;
}

/**
 * Writes a model as a folder that transformers loads: safetensors, with an index where there are several, config, tokenizer,
 * generation settings and a card. It appears whole or not at all.
 *
 * @param replaced weights in place of the checkpoint's, or beside them, by their names in the model
 */
export async function writeHuggingFaceFolder(
  model: Model,
  output: string,
  {
    replaced,
    card,
    chatTemplate,
    onProgress,
    signal,
    shardBytes = 2e9,
    dtype,
  }: HuggingFaceFolderOptions & {
    replaced: Readonly<Record<string, TensorValue>>;
    card: string;
    /** In place of the model's own. */
    chatTemplate?: ChatTemplate;
  },
): Promise<void> {
  const { checkpoint, architecture } = model;
  const stored = (name: string) => resolveTensorName(checkpoint, architecture, name) ?? name;
  const values = new Map(Object.entries(replaced).map(([name, tensor]) => [stored(name), tensor]));
  const own = new Map<string, { dtype: FolderDtype; shape: readonly number[] }>();
  for (const [name, { shape, dtype: kept }] of checkpoint.tensors)
    own.set(name, { shape, dtype: dtype ?? nameOf(kept) });
  for (const [name, { shape }] of checkpoint.packed ?? []) own.set(name, { shape, dtype: dtype ?? "f32" });
  // An output layer that was tied to the embeddings and is not any more takes their type.
  const usual = dtype ?? [...own.values()].find(({ shape }) => shape.length === 2)?.dtype ?? "f32";
  for (const [name, { shape }] of values) if (!own.has(name)) own.set(name, { shape, dtype: usual });

  const types = new Set([...own.values()].map(({ dtype }) => dtype));
  const isUntied =
    "lm_head.weight" in replaced && resolveTensorName(checkpoint, architecture, "lm_head.weight") === undefined;
  const config = configOf(checkpoint.config, types, isUntied);

  const part = `${output}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const shards: { names: string[]; sizeBytes: number }[] = [];
  for (const [name, { shape, dtype }] of own) {
    const sizeBytes = shape.reduce((a, b) => a * b, dtypes[dtype].bytes);
    if (!shards.length || shards.at(-1)!.sizeBytes + sizeBytes > shardBytes) shards.push({ names: [], sizeBytes: 0 });
    shards.at(-1)!.names.push(name);
    shards.at(-1)!.sizeBytes += sizeBytes;
  }
  const meter = new ProgressMeter(onProgress, { task: "merge", label: output, unit: "tensor", total: own.size });
  const weightMap: Record<string, string> = {};
  for (const [i, { names }] of shards.entries()) {
    const file = shards.length === 1 ? "model.safetensors" : `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`;
    const tensors: [string, TensorToWrite][] = [];
    for (const name of names) {
      throwIfCancelled(signal, "Merging");
      const { dtype, shape } = own.get(name)!;
      const data = values.get(name)?.data ?? (await readTensor(checkpoint, name));
      tensors.push([name, toStored(dtype, shape, inHalves(model, name, shape, data))]);
      weightMap[name] = file;
      meter.advance();
    }
    await writeSafetensors(join(part, file), tensors, { metadata: { format: "pt" } });
  }
  if (shards.length > 1) {
    const index = {
      metadata: { total_size: shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) },
      weight_map: weightMap,
    };
    await writeFile(join(part, "model.safetensors.index.json"), `${JSON.stringify(index, null, 2)}\n`);
  }
  await writeModelTexts(model, part, { config, chatTemplate });
  await writeFile(join(part, "README.md"), card);
  await rm(output, { recursive: true, force: true });
  await rename(part, output);
}

/** The base's config with what is true of the weights now. transformers 5 says `dtype`, before it was `torch_dtype`. */
function configOf(
  base: Record<string, unknown>,
  types: ReadonlySet<FolderDtype>,
  isUntied: boolean,
): Record<string, unknown> {
  const { quantization_config: _, rope_pairing: __, ...config } = base;
  if ((config.rope_scaling as { rope_type?: string } | null | undefined)?.rope_type === "factors") {
    throw new UnsupportedError(
      "The base's GGUF file holds its rotary factors without the rule behind them, which transformers needs.",
      {
        hint: "merge into the Hugging Face folder of the base, or write GGUF or ONNX",
      },
    );
  }
  const field = "dtype" in config ? "dtype" : "torch_dtype";
  const [type, ...others] = types;
  return {
    ...config,
    ...(type && others.length === 0 && { [field]: dtypes[type].torch }),
    ...(isUntied && { tie_word_embeddings: false }),
  };
}

/** Llama models from GGUF and llama2.c files turn neighbouring pairs; in a Hugging Face folder they turn halves. */
function inHalves(model: Model, name: string, shape: readonly number[], data: Float32Array): Float32Array {
  const part = /self_attn\.([qk])_proj\.(weight|bias)$/.exec(name)?.[1];
  if (!part || !isAdjacent(model)) return data;
  const { heads, keyValueHeads } = model.config as DecoderModel["config"];
  return unpermuteRows(data, shape[0]!, part === "q" ? heads : keyValueHeads);
}

const isAdjacent = ({ config }: Model): boolean => (config as { ropePairing?: string }).ropePairing === "adjacent";

const pad = (n: number): string => String(n).padStart(5, "0");

function nameOf(dtype: CheckpointTensor["dtype"]): FolderDtype {
  return dtype === "float32" ? "f32" : dtype === "float16" ? "f16" : "bf16";
}

function toStored(dtype: FolderDtype, shape: readonly number[], data: Float32Array): TensorToWrite {
  const converted = dtype === "f32" ? data : dtype === "f16" ? float32ToFloat16(data) : float32ToBfloat16(data);
  return { dtype: dtypes[dtype].file, shape, data: converted };
}
