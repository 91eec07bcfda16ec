import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { float32ToFloat16, readSafetensors, readTextFile, toFloat32, writeSafetensors } from "@loam/formats";
import { readQuantizedAdapter } from "../few-bits/quantized-adapter.ts";
import type { AdapterConfig, AdapterFile, AdapterMethod, AdapterTensors, TensorValue } from "../layers/method.ts";
import { adapterMethod } from "../methods/registry.ts";
import { configText } from "./config-text.ts";

/** An adapter as it is in a folder: its method, options and tensors by their keys in the file. */
export interface Adapter {
  method: AdapterMethod;
  config: AdapterConfig;
  tensors: AdapterTensors<TensorValue>;
  /** What training can go on from, where the file holds less than that (prompt encoders, all ranks of AdaLoRA). */
  trained?: AdapterTensors<TensorValue>;
}

/** Written beside the adapter where training needs more than other programs do. */
const trainedFile = "trained_tensors.safetensors";

/**
 * Reads an adapter folder of Hugging Face PEFT (`adapter_config.json`, `adapter_model.safetensors`) or of AdapterHub
 * (`adapter_config.json`, `adapter.safetensors`).
 *
 * @throws {NotFoundError} when a file is missing. @throws {InputError} when the config is not one.
 */
export async function readAdapter(folder: string): Promise<Adapter> {
  const { method, config } = await readAdapterConfig(folder);
  const trainedPath = join(folder, trainedFile);
  return {
    method,
    config,
    tensors: await readWeights(folder, method),
    ...(existsSync(trainedPath) && { trained: await readTensors(trainedPath) }),
  };
}

/**
 * An adapter folder's method and options, without its tensors.
 *
 * @throws {InputError} `bad_adapter_config`.
 */
export async function readAdapterConfig(folder: string): Promise<Pick<Adapter, "method" | "config">> {
  const path = requireFile(join(folder, "adapter_config.json"));
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(await readTextFile(path, { maxBytes: 64 << 20 })) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError("bad_adapter_config", `${path} is no JSON: ${(cause as Error).message}.`, {
      hint: "save the adapter again; the file may be cut",
      cause,
    });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new InputError("bad_adapter_config", `${path} holds no object of options.`, {
      hint: "give an adapter as PEFT or Loam saves it",
    });
  const isAdapterHub = json.peft_type === undefined && typeof json.config === "object";
  const method = adapterMethod(isAdapterHub ? "BOTTLENECK" : String(json.peft_type));
  return { method, config: method.readConfig(json) };
}

/** How an adapter's file keeps its numbers; PEFT reads both. */
export type AdapterDtype = "float32" | "float16";

/** Writes an adapter folder as its reference does; each file appears whole or not at all. */
export async function writeAdapter(
  folder: string,
  method: AdapterMethod,
  { config, tensors, trained }: AdapterFile<AdapterConfig>,
  { dtype = "float32" }: { dtype?: AdapterDtype } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeTensors(join(folder, weightsFile(method.type)), method, tensors, dtype);
  // Training goes on from these as they are.
  if (trained) await writeTensors(join(folder, trainedFile), method, trained, "float32");
  const { peft_type, ...rest } = config;
  const written = method.type === "BOTTLENECK" ? rest : { ...rest, peft_type, inference_mode: true };
  const sorted = Object.fromEntries(Object.entries(written).sort(([a], [b]) => (a < b ? -1 : 1)));
  const configPath = join(folder, "adapter_config.json");
  await writeFile(`${configPath}.part`, configText(sorted));
  await rename(`${configPath}.part`, configPath);
}

/** The file of an adapter's tensors. @throws {NotFoundError} when it is missing. */
export function adapterWeightsPath(folder: string, { type }: AdapterMethod): string {
  return requireFile(join(folder, weightsFile(type)));
}

const weightsFile = (type: string): string =>
  type === "BOTTLENECK" ? "adapter.safetensors" : "adapter_model.safetensors";

function requireFile(path: string): string {
  if (existsSync(path)) return path;
  throw new NotFoundError("adapter file", path, {
    hint: "an adapter folder holds adapter_config.json beside adapter_model.safetensors, or adapter.safetensors from AdapterHub",
  });
}

/** The adapter's tensors, or where only their codes were kept, what those stand for. */
async function readWeights(folder: string, method: AdapterMethod): Promise<AdapterTensors<TensorValue>> {
  const quantized = existsSync(join(folder, weightsFile(method.type))) ? undefined : await readQuantizedAdapter(folder);
  return quantized ?? (await readTensors(adapterWeightsPath(folder, method)));
}

async function readTensors(path: string): Promise<Record<string, TensorValue>> {
  const { tensors } = await readSafetensors(path);
  return Object.fromEntries(
    [...tensors].map(([key, { dtype, shape, data }]) => [key, { shape, data: toFloat32(dtype, data) }]),
  );
}

async function writeTensors(
  path: string,
  method: AdapterMethod,
  tensors: AdapterTensors<TensorValue>,
  dtype: AdapterDtype,
): Promise<void> {
  const entries = Object.entries(tensors).map(([key, { shape, data }]) => {
    if (method.isIndex?.(key)) return [key, { dtype: "I32", shape, data: Int32Array.from(data) }] as const;
    if (dtype === "float16") return [key, { dtype: "F16", shape, data: float32ToFloat16(data) }] as const;
    return [key, { dtype: "F32", shape, data }] as const;
  });
  await writeSafetensors(`${path}.part`, entries, { metadata: { format: "pt" } });
  await rename(`${path}.part`, path);
}
