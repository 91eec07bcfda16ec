import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  float32ToBfloat16,
  float32ToFloat16,
  type OnProgress,
  ProgressMeter,
  type SafetensorsDtype,
  type TensorToWrite,
  throwIfCancelled,
  UnsupportedError,
  writeSafetensors,
} from "@loam/core";
import { compile, type Tensor } from "@loam/graph";
import { type CheckpointTensor, openModel, readTensor, resolveTensorName } from "@loam/models";
import { type Adapter, readAdapter } from "./adapter-files.ts";
import { baseModelOf } from "./base-model.ts";
import { fitAdapter } from "./fit-adapter.ts";
import type { BaseModel, TensorValue } from "./method.ts";
import { overlay } from "./overlay.ts";
import { frozen, toTensor } from "./tensor-value.ts";

export interface MergeOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Shards are begun anew beyond this size. */
  shardBytes?: number;
}

/**
 * The base weights that adapters change, with them folded in one after the other, by their names in the model. The base
 * itself stays as it is: nothing has to be taken out again, so nothing is lost to rounding.
 */
export async function mergedWeights(
  modelName: string,
  adapterFolders: string | readonly string[],
  { signal }: { signal?: AbortSignal } = {},
): Promise<Record<string, TensorValue>> {
  const base = baseModelOf(await openModel(modelName, { signal }));
  const changed = await foldAdapters(base, await Promise.all([adapterFolders].flat().map(readAdapter)));
  const merged: Record<string, TensorValue> = {};
  // One weight at a time: a whole model's worth would be in memory otherwise.
  for (const [name, tensor] of Object.entries(changed)) {
    throwIfCancelled(signal, "Merging");
    if (!base.model.parameters.has(name)) {
      throw new UnsupportedError(`${modelName} has no tensor "${name}" to fold the adapter into.`, {
        hint: "biases that the adapter added have no place in this architecture's files",
      });
    }
    const program = await compile((_: Record<string, Tensor>) => ({ tensor }), { inputs: {} });
    const { shape, data } = toTensor((await program({})).tensor);
    merged[name] = { shape, data: data.slice() };
    await program.close();
  }
  return merged;
}

/**
 * The weights that adapters change, as graph expressions, each adapter folded into what the ones before it have made. Updates
 * that are added (LoRA, LoHa, LoKr, AdaLoRA, diff pruning) may stand in any order; DoRA and (IA)³ scale what is there.
 *
 * @throws {UnsupportedError} for methods that cannot be folded.
 */
export async function foldAdapters(base: BaseModel, adapters: readonly Adapter[]): Promise<Record<string, Tensor>> {
  const changed: Record<string, Tensor> = {};
  for (const adapter of adapters) {
    const { method, config, tensors } = await fitAdapter(base, adapter);
    if (!method.merge) {
      throw new UnsupportedError(`${method.type} adapters cannot be folded into the weights.`, {
        hint: "keep the adapter beside the base model; what it computes is no change of a weight",
      });
    }
    const model = { ...base.model, parameters: overlay(base.model.parameters, { ...changed }) };
    Object.assign(changed, method.merge({ ...base, model }, config, frozen(tensors)));
  }
  return changed;
}

/**
 * Folds an adapter, or several one after the other, into the base and writes the result as a Hugging Face folder, in the base's dtypes; a 4-bit base comes
 * out in float32.
 */
export async function mergeAdapter(
  modelName: string,
  adapterFolders: string | readonly string[],
  output: string,
  options: MergeOptions = {},
): Promise<void> {
  const { onProgress, signal, shardBytes = 2e9 } = options;
  const model = await openModel(modelName, { signal });
  const merged = await mergedWeights(modelName, adapterFolders, { signal });
  const { checkpoint, architecture } = model;
  const byStored = new Map(
    Object.entries(merged).map(([name, tensor]) => [resolveTensorName(checkpoint, architecture, name)!, tensor]),
  );
  const stored = new Map<string, Pick<CheckpointTensor, "dtype" | "shape">>(checkpoint.tensors);
  for (const [name, { shape }] of checkpoint.packed ?? []) stored.set(name, { dtype: "float32", shape });
  const part = `${output}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const shards: { names: string[]; sizeBytes: number }[] = [];
  for (const [name, { shape }] of stored) {
    const sizeBytes = shape.reduce((a, b) => a * b, 4);
    if (!shards.length || shards.at(-1)!.sizeBytes + sizeBytes > shardBytes) shards.push({ names: [], sizeBytes: 0 });
    shards.at(-1)!.names.push(name);
    shards.at(-1)!.sizeBytes += sizeBytes;
  }
  const meter = new ProgressMeter(onProgress, {
    task: "merge",
    label: output,
    unit: "tensor",
    total: stored.size,
  });
  const weightMap: Record<string, string> = {};
  for (const [i, { names }] of shards.entries()) {
    const file = shards.length === 1 ? "model.safetensors" : `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`;
    const tensors: [string, TensorToWrite][] = [];
    for (const name of names) {
      throwIfCancelled(signal, "Merging");
      const data = byStored.get(name)?.data ?? (await readTensor(checkpoint, name));
      tensors.push([name, toStored(stored.get(name)!, data)]);
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
  const { quantization_config: _, ...config } = checkpoint.config;
  await writeFile(join(part, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  await copyTexts(checkpoint.path, part);
  await rm(output, { recursive: true, force: true });
  await rename(part, output);
}

const pad = (n: number): string => String(n).padStart(5, "0");

function toStored({ dtype, shape }: Pick<CheckpointTensor, "dtype" | "shape">, data: Float32Array): TensorToWrite {
  const types: Record<CheckpointTensor["dtype"], SafetensorsDtype> = {
    float32: "F32",
    float16: "F16",
    bfloat16: "BF16",
  };
  if (dtype === "float16") return { dtype: types[dtype], shape, data: float32ToFloat16(data) };
  if (dtype === "bfloat16") return { dtype: types[dtype], shape, data: float32ToBfloat16(data) };
  return { dtype: types[dtype], shape, data };
}

/** Tokenizer, templates and generation settings: whatever small text files lie beside the weights. */
async function copyTexts(from: string, to: string): Promise<void> {
  for (const name of existsSync(join(from, "config.json")) ? await readdir(from) : []) {
    if (/\.(json|txt|model|jinja)$/.test(name) && name !== "config.json" && !name.endsWith(".index.json"))
      await copyFile(join(from, name), join(to, name));
  }
}
