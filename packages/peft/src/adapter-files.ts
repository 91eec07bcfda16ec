import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, NotFoundError, readSafetensors, toFloat32, writeSafetensors } from "@loam/core";
import type { AdapterConfig, AdapterMethod, TensorValue } from "./method.ts";
import { adapterMethod } from "./registry.ts";

/** An adapter as it is in a folder: its method, options and tensors by their keys in the file. */
export interface Adapter {
  method: AdapterMethod;
  config: AdapterConfig;
  tensors: Record<string, TensorValue>;
}

/**
 * Reads an adapter folder of Hugging Face PEFT: `adapter_config.json` and `adapter_model.safetensors`.
 *
 * @throws {NotFoundError} when a file is missing. @throws {InputError} when the config is not one.
 */
export async function readAdapter(folder: string): Promise<Adapter> {
  const configPath = join(folder, "adapter_config.json");
  const weightsPath = join(folder, "adapter_model.safetensors");
  for (const path of [configPath, weightsPath]) {
    if (!existsSync(path)) {
      throw new NotFoundError("adapter file", path, {
        hint: "an adapter folder holds adapter_config.json and adapter_model.safetensors",
      });
    }
  }
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(await readFile(configPath, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError("bad_adapter_config", `${configPath} is no JSON: ${(cause as Error).message}.`, { cause });
  }
  const method = adapterMethod(String(json.peft_type));
  const config = method.readConfig(json);
  const tensors: Record<string, TensorValue> = {};
  for (const [key, { dtype, shape, data }] of (await readSafetensors(weightsPath)).tensors) {
    tensors[key] = { shape, data: toFloat32(dtype, data) };
  }
  return { method, config, tensors };
}

/** Writes an adapter folder as PEFT does; each file appears whole or not at all. */
export async function writeAdapter(
  folder: string,
  { config, tensors }: Pick<Adapter, "config" | "tensors">,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries = Object.entries(tensors)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { shape, data }]) => [key, { dtype: "F32", shape, data }] as const);
  const weights = join(folder, "adapter_model.safetensors");
  await writeSafetensors(`${weights}.part`, entries, { metadata: { format: "pt" } });
  await rename(`${weights}.part`, weights);
  const sorted = Object.fromEntries(
    Object.entries({ ...config, inference_mode: true }).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const configPath = join(folder, "adapter_config.json");
  await writeFile(`${configPath}.part`, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(`${configPath}.part`, configPath);
}
