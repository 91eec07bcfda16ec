import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { readTextFile } from "@loam/formats";
import { ggufFacts, listModels, modelAtHand } from "@loam/models";
import { findShelved, listShelf, type Shelf, shelve, takeShelved } from "@loam/store";
import { type FetchOptions, folderName, type TuneFolders } from "./folders.ts";

/** A model that can be fine-tuned. */
export interface BaseModelInfo {
  /** `home/NAME` for a folder in the home folder, else the hub id. */
  id: string;
  source: "home" | "hub";
  /** Of `config.json`; of a GGUF file, as llama.cpp calls it. */
  architecture: string;
  layers?: number;
  hiddenSize?: number;
  sizeBytes: number;
  /** Whether it brings a template for conversations. */
  hasChatTemplate: boolean;
}

const shelfOf = ({ store, models }: TuneFolders): Shelf<BaseModelInfo> => ({
  ...{ store, kind: "base", folder: models },
  describe: (path, name) => describe(`home/${name}`, "home", path),
});

/** Decoders in the home folder and in the cache of the Hugging Face tools. Encoders, which do not write, are left out. */
export async function listBases(folders: TuneFolders): Promise<BaseModelInfo[]> {
  const found = (await listShelf(shelfOf(folders))).map(({ info }) => info);
  found.sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, path, sizeBytes } of await listModels()) {
    const info = await describe(id, "hub", path, sizeBytes);
    if (info) found.push(info);
  }
  return found;
}

/**
 * What a recipe's `model` is for a base: the folder, or a hub id that is downloaded when it is not in the cache.
 *
 * @param options.fetch `later`: where a base will lie, if it is anywhere
 * @throws {NotFoundError} when the home folder has no such model. @throws {InputError} for anything that is a path.
 */
export async function resolveBase(
  folders: TuneFolders,
  id: string,
  { fetch = "now" }: FetchOptions = {},
): Promise<string> {
  if (id.startsWith("home/")) {
    const name = folderName(id.slice("home/".length));
    if (fetch === "later" && (await findShelved(shelfOf(folders), name))) return join(folders.models, name);
    const path = fetch === "now" ? await takeShelved(shelfOf(folders), name) : undefined;
    if (path !== undefined) return path;
    throw new NotFoundError("base model", id, { known: (await listBases(folders)).map((base) => base.id) });
  }
  if (modelAtHand(id)) return id;
  // A path that exists would be opened as such: only what can be nothing but a hub id goes through.
  const isHubId = /^[\w][\w.-]{0,95}\/[\w][\w.-]{0,95}$/.test(id) && !id.includes("..");
  if (!isHubId || existsSync(id)) {
    throw new InputError("bad_base", `${JSON.stringify(id)} is no base model.`, {
      details: { id },
      hint: "choose one of the list, or give a hub id such as Qwen/Qwen2.5-0.5B-Instruct",
    });
  }
  return id;
}

/** Whether the home folder has a base of this name, on this machine or any other. */
export async function hasBase(folders: TuneFolders, name: string): Promise<boolean> {
  return (await findShelved(shelfOf(folders), name)) !== undefined;
}

/** Says that a base of the home folder is made: from now on every worker has it. */
export async function shelveBase(folders: TuneFolders, name: string): Promise<void> {
  const info = await shelfOf(folders).describe(join(folders.models, name), name);
  if (info) await shelve(shelfOf(folders), { name, info });
}

/** The same for a base that is on this machine already: looking at it downloads nothing. @throws {NotFoundError} */
export async function tunableBase(folders: TuneFolders, id: string): Promise<string> {
  const path = await resolveBase(folders, id);
  if (id.startsWith("home/")) return path;
  const known = (await listBases(folders)).map((base) => base.id);
  if (known.includes(modelAtHand(id)?.id ?? id)) return path;
  throw new NotFoundError("base model on this machine", id, {
    known,
    hint: `it is downloaded when the run starts; \`loam models pull ${id}\` fetches it now`,
  });
}

/** The id of a base by what a recipe or an adapter calls it; undefined for paths outside of the home folder. */
export function baseIdOf(folders: TuneFolders, model: string): string | undefined {
  if (model.startsWith(`${folders.models}/`)) return `home/${model.slice(folders.models.length + 1)}`;
  return /^[./~]|\\/.test(model) || model.split("/").length !== 2 ? undefined : model;
}

async function describe(
  id: string,
  source: BaseModelInfo["source"],
  path: string,
  sizeBytes?: number,
): Promise<BaseModelInfo | undefined> {
  if (path.endsWith(".gguf")) {
    const facts = await ggufFacts(path).catch(() => undefined);
    return facts && { id, source, sizeBytes: sizeBytes ?? (await stat(path)).size, ...facts };
  }
  const config = await readJson(join(path, "config.json"));
  const architecture = (config?.architectures as string[] | undefined)?.[0];
  // Only what writes text can be taught to answer.
  if (!config || !architecture || !/ForCausalLM|LMHeadModel|ForConditionalGeneration/.test(architecture))
    return undefined;
  const tokenizer = await readJson(join(path, "tokenizer_config.json"));
  return {
    id,
    source,
    architecture,
    layers: (config.num_hidden_layers ?? config.n_layer) as number | undefined,
    hiddenSize: (config.hidden_size ?? config.n_embd) as number | undefined,
    sizeBytes: sizeBytes ?? (await folderBytes(path)),
    hasChatTemplate: Boolean(tokenizer?.chat_template) || existsSync(join(path, "chat_template.jinja")),
  };
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readTextFile(path));
  } catch {
    return undefined;
  }
}

async function folderBytes(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(path, entry.name))).size;
  return bytes;
}
