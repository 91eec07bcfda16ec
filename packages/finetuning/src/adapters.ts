import { existsSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { NotFoundError } from "@loam/core";
import { SafetensorsFile } from "@loam/formats";
import { baseIdOf } from "./bases.ts";
import { folderName, type TuneFolders } from "./folders.ts";

/** An adapter in the home folder. */
export interface AdapterInfo {
  /** The name of its folder. */
  id: string;
  /** `peft_type`; BOTTLENECK for AdapterHub's files. */
  method: string;
  /** The id of the base it belongs to; undefined where that is a path outside of the home folder. */
  base?: string;
  /** Numbers in its file. */
  parameters: number;
  sizeBytes: number;
  createdAt: string;
}

/** One adapter with its options and files. */
export interface AdapterDetail extends AdapterInfo {
  /** `adapter_config.json` as it is. */
  config: Record<string, unknown>;
  files: { name: string; sizeBytes: number }[];
  /** The README of the folder: recipe, data, losses. */
  card?: string;
}

const weightFiles = ["adapter_model.safetensors", "adapter.safetensors"];
const adapterFile =
  /^(adapter_config\.json|adapter_model\.safetensors|adapter\.safetensors|trained_tensors\.safetensors|README\.md|metrics\.jsonl|[\w.-]+\.gguf)$/;

/** Folders that hold an adapter, newest first; those of runs that have not come to their end hold none yet. */
export async function listAdapters(folders: TuneFolders): Promise<AdapterInfo[]> {
  const found: AdapterInfo[] = [];
  for (const id of await readdir(folders.adapters)) {
    const info = await readInfo(folders, id).catch(() => undefined); // half-written, or no adapter at all
    if (info) found.push(info.info);
  }
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** @throws {NotFoundError} */
export async function getAdapter(folders: TuneFolders, id: string): Promise<AdapterDetail> {
  const folder = await adapterPath(folders, id);
  const { info, config } = (await readInfo(folders, id))!;
  const files = await adapterFiles(folders, id);
  const card = await readFile(join(folder, "README.md"), "utf8").catch(() => undefined);
  return {
    ...info,
    config,
    files: await Promise.all(
      files.map(async ({ path }) => ({ name: basename(path), sizeBytes: (await stat(path)).size })),
    ),
    card,
  };
}

/** The folder of an adapter. @throws {NotFoundError} */
export async function adapterPath(folders: TuneFolders, id: string): Promise<string> {
  const folder = join(folders.adapters, folderName(id));
  if (existsSync(join(folder, "adapter_config.json"))) return folder;
  throw new NotFoundError("adapter", id, { known: (await listAdapters(folders)).map((adapter) => adapter.id) });
}

/** What of the folder belongs to the adapter; checkpoints and event files stay behind. */
export async function adapterFiles(folders: TuneFolders, id: string): Promise<{ name: string; path: string }[]> {
  const folder = await adapterPath(folders, id);
  const names = (await readdir(folder)).filter((name) => adapterFile.test(name)).sort();
  return names.map((name) => ({ name: `adapter/${name}`, path: join(folder, name) }));
}

/** Deletes the folder with its checkpoints. @throws {NotFoundError} */
export async function deleteAdapter(folders: TuneFolders, id: string): Promise<void> {
  await rm(await adapterPath(folders, id), { recursive: true });
}

async function readInfo(
  folders: TuneFolders,
  id: string,
): Promise<{ info: AdapterInfo; config: Record<string, unknown> } | undefined> {
  const folder = join(folders.adapters, id);
  const weights = weightFiles.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (!weights) return undefined;
  const config = JSON.parse(await readFile(join(folder, "adapter_config.json"), "utf8")) as Record<string, unknown>;
  const { size, mtime } = await stat(weights);
  const base = String(config.base_model_name_or_path ?? config.model_name ?? "");
  const info = {
    id,
    method: typeof config.peft_type === "string" ? config.peft_type : "BOTTLENECK",
    base: baseIdOf(folders, base),
    parameters: await countNumbers(weights),
    sizeBytes: size,
    createdAt: mtime.toISOString(),
  };
  return { info, config };
}

async function countNumbers(path: string): Promise<number> {
  const file = await SafetensorsFile.open(path);
  try {
    let count = 0;
    for (const { shape } of file.tensors.values()) count += shape.reduce((a, b) => a * b, 1);
    return count;
  } finally {
    await file.close();
  }
}
