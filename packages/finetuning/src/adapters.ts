import { existsSync } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { NotFoundError } from "@loam/core";
import { readTextFile, SafetensorsFile } from "@loam/formats";
import { dropShelved, findShelved, listShelf, type Shelf, shelve, takeShelved } from "@loam/store";
import { baseIdOf } from "./bases.ts";
import { type FetchOptions, folderName, type TuneFolders } from "./folders.ts";

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

const shelfOf = (folders: TuneFolders): Shelf<AdapterInfo> => ({
  ...{ store: folders.store, kind: "adapter", folder: folders.adapters },
  describe: async (_, name) => {
    const read = await readInfo(folders, name).catch(() => undefined); // half-written, or no adapter at all
    return read?.info;
  },
  include: (path) => !/^(checkpoints|rows|runs)\//.test(path),
  prepare: (draft, info) => nameBase(folders, draft, info),
});

/** Folders that hold an adapter, newest first; those of runs that have not come to their end hold none yet. */
export async function listAdapters(folders: TuneFolders): Promise<AdapterInfo[]> {
  const found = (await listShelf(shelfOf(folders))).map(({ info }) => info);
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** @throws {NotFoundError} */
export async function getAdapter(folders: TuneFolders, id: string): Promise<AdapterDetail> {
  const folder = await adapterPath(folders, id);
  const { config } = (await readInfo(folders, id))!;
  const info = (await findShelved(shelfOf(folders), id))!;
  const files = await adapterFiles(folders, id);
  const card = await readTextFile(join(folder, "README.md")).catch(() => undefined);
  return {
    ...info,
    config,
    files: await Promise.all(
      files.map(async ({ path }) => ({ name: basename(path), sizeBytes: (await stat(path)).size })),
    ),
    card,
  };
}

/** The folder of an adapter. `fetch: "later"`: where it will lie, if it is anywhere. @throws {NotFoundError} */
export async function adapterPath(
  folders: TuneFolders,
  id: string,
  { fetch = "now" }: FetchOptions = {},
): Promise<string> {
  const name = folderName(id);
  if (fetch === "later" && (await hasAdapter(folders, name))) return join(folders.adapters, name);
  const folder = fetch === "now" ? await takeShelved(shelfOf(folders), name) : undefined;
  if (folder !== undefined) return folder;
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
  await adapterPath(folders, id);
  await dropShelved(shelfOf(folders), id);
}

/** Whether an adapter of this name is there, on this machine or any other. */
export async function hasAdapter(folders: TuneFolders, id: string): Promise<boolean> {
  return (await findShelved(shelfOf(folders), id)) !== undefined;
}

/** Says that an adapter is done: from now on every server has it. @param base its id. */
export async function shelveAdapter(folders: TuneFolders, id: string, { base }: { base?: string }): Promise<void> {
  const read = await readInfo(folders, id);
  if (!read) return;
  const info = { ...read.info, base };
  await nameBase(folders, join(folders.adapters, id), info);
  await shelve(shelfOf(folders), { name: id, info });
}

/** Names the base by where it lies on this machine: another one has trained the adapter. */
async function nameBase({ models }: TuneFolders, folder: string, { base }: AdapterInfo): Promise<void> {
  if (!base?.startsWith("home/")) return;
  const path = join(folder, "adapter_config.json");
  const config = JSON.parse(await readTextFile(path)) as Record<string, unknown>;
  const named = { ...config, base_model_name_or_path: join(models, base.slice("home/".length)) };
  if (config.base_model_name_or_path === named.base_model_name_or_path || config.base_model_name_or_path == null)
    return;
  await writeFile(path, `${JSON.stringify(named, null, 2)}\n`);
}

async function readInfo(
  folders: TuneFolders,
  id: string,
): Promise<{ info: AdapterInfo; config: Record<string, unknown> } | undefined> {
  const folder = join(folders.adapters, id);
  const weights = weightFiles.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (!weights) return undefined;
  const config = JSON.parse(await readTextFile(join(folder, "adapter_config.json"))) as Record<string, unknown>;
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
