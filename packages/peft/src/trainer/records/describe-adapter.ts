import { existsSync } from "node:fs";
import { glob, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { SafetensorsFile } from "@loam/formats";
import { adapterWeightsPath, readAdapterConfig } from "../../files/adapter-files.ts";
import { type ModuleParameters, parametersByModule } from "../../files/adapter-parameters.ts";
import type { AdapterConfig } from "../../layers/method.ts";
import { MetricsFile } from "./metrics-file.ts";

/** An adapter folder without the numbers in it. */
export interface AdapterDescription {
  /** As it was given. */
  folder: string;
  name: string;
  /** `peft_type`. */
  method: string;
  /** What its config says it was trained on. */
  base: string | null;
  /** `r`, or the rank that AdaLoRA aims at; null for methods without one. */
  rank: number | null;
  parameters: number;
  sizeBytes: number;
  /** When its weights were written. */
  modified: Date;
  config: AdapterConfig;
  modules: ModuleParameters[];
  /** What `metrics.jsonl` beside it says of its training; left out where there is none. */
  training?: { steps: number; firstLoss: number; lastLoss: number; evalLoss?: number; bestEvalLoss?: number };
  /** Names and figures of the table on its model card; empty where there is none. */
  card: [name: string, value: string][];
}

/** Folders below (or at) the given ones that hold an adapter, in the order of their paths; those that do not exist are passed over. */
export async function findAdapters(folders: readonly string[]): Promise<string[]> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    const exclude = (name: string) => /(^|\/)(node_modules|\.git|checkpoints|runs)$/.test(name);
    for await (const config of glob("{,*/,*/*/,*/*/*/}adapter_config.json", { cwd: folder, exclude })) {
      const path = join(folder, config, "..");
      if (["adapter_model.safetensors", "adapter.safetensors"].some((file) => existsSync(join(path, file))))
        found.set(resolve(path), path);
    }
  }
  return [...found.values()].sort();
}

/**
 * Reads an adapter folder's config, the header of its weights and what its training left beside them.
 *
 * @throws {NotFoundError} when it holds no adapter. @throws {InputError} when its config or weights are damaged.
 */
export async function describeAdapter(folder: string): Promise<AdapterDescription> {
  const { method, config } = await readAdapterConfig(folder);
  const weights = adapterWeightsPath(folder, method);
  const file = await SafetensorsFile.open(weights);
  const tensors = Object.fromEntries(file.tensors);
  await file.close();
  const { size, mtime } = await stat(weights);
  const modules = parametersByModule(tensors);
  return {
    folder,
    name: basename(resolve(folder)),
    method: method.type,
    base: config.base_model_name_or_path ? String(config.base_model_name_or_path) : null,
    rank: Number(config.r ?? config.target_r ?? 0) || null,
    parameters: modules.reduce((sum, { parameters }) => sum + parameters, 0),
    sizeBytes: size,
    modified: mtime,
    config,
    modules,
    ...(await trainingOf(folder)),
    card: await cardTable(join(folder, "README.md")),
  };
}

async function trainingOf(folder: string): Promise<Pick<AdapterDescription, "training">> {
  const lines = await new MetricsFile(join(folder, "metrics.jsonl")).read();
  const losses = lines.filter((line) => line["train/loss"] !== undefined);
  const evaluations = lines.flatMap((line) => line["eval/loss"] ?? []);
  const [first, last] = [losses[0], losses.at(-1)];
  if (!first || !last) return {};
  return {
    training: {
      steps: last.step,
      firstLoss: first["train/loss"]!,
      lastLoss: last["train/loss"]!,
      ...(evaluations.length > 0 && { evalLoss: evaluations.at(-1)!, bestEvalLoss: Math.min(...evaluations) }),
    },
  };
}

/** The rows of the first table with two columns. */
async function cardTable(path: string): Promise<[string, string][]> {
  const text = existsSync(path) ? await readFile(path, "utf8") : "";
  const [table = ""] = /(?:^\|.*\n)+/m.exec(text) ?? [];
  return [...table.matchAll(/^\| *([^|]*?) *\| *([^|]*?) *\|$/gm)]
    .map(([, name, value]): [string, string] => [name!, value!])
    .filter(([name]) => name !== "" && !/^:?-+:?$/.test(name));
}
