import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { NotFoundError } from "@loam/core";

export type RepositoryKind = "model" | "dataset";

/** Where models are kept, as every Hugging Face tool agrees: `HF_HUB_CACHE`, else `hub` below `HF_HOME`. */
export function hubCacheFolder(): string {
  const home = process.env.HF_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "huggingface");
  return process.env.HF_HUB_CACHE ?? process.env.HUGGINGFACE_HUB_CACHE ?? join(home, "hub");
}

export const repositoryFolder = (id: string, kind: RepositoryKind = "model"): string =>
  join(hubCacheFolder(), `${kind}s--${id.replaceAll("/", "--")}`);

export interface CachedModel {
  /** Hub id. */
  id: string;
  /** Snapshot folder; of a model that is one GGUF file, that file. */
  path: string;
  sizeBytes: number;
}

/** The models in the hub cache, whoever put them there. */
export async function listModels(): Promise<CachedModel[]> {
  const names = await readdir(hubCacheFolder()).catch(() => []);
  const models: CachedModel[] = [];
  for (const name of names.filter((name) => name.startsWith("models--")).sort()) {
    const folder = join(hubCacheFolder(), name);
    const snapshot = (await cachedSnapshot(folder, "main")) ?? (await newestSnapshot(folder));
    if (!snapshot) continue;
    // Where links became copies (a bundle), the snapshot alone holds the bytes.
    const sizeBytes = (await bytesIn(join(folder, "blobs"))) || (await bytesIn(snapshot));
    const path = (await onlyGguf(snapshot)) ?? snapshot;
    models.push({ id: name.slice("models--".length).replaceAll("--", "/"), path, sizeBytes });
  }
  return models;
}

/** Deletes a model from the hub cache. @throws {NotFoundError} naming the nearest model that is there. */
export async function removeModel(id: string): Promise<void> {
  const folder = repositoryFolder(id);
  if (!existsSync(folder)) {
    throw new NotFoundError("model in the cache", id, { known: (await listModels()).map((model) => model.id) });
  }
  await rm(folder, { recursive: true });
}

/** The folder of a revision that has been downloaded, complete or not; undefined where there is none. */
export async function cachedSnapshot(folder: string, revision: string): Promise<string | undefined> {
  const commit = await readFile(join(folder, "refs", revision), "utf8").catch(() => revision);
  const snapshot = join(folder, "snapshots", commit.trim());
  const isModel = existsSync(join(snapshot, "config.json")) || (await onlyGguf(snapshot)) !== undefined;
  return isModel ? snapshot : undefined;
}

/** True when every file of weights is there, whichever tool fetched them. */
export async function isComplete(snapshot: string): Promise<boolean> {
  if (existsSync(join(snapshot, "model.safetensors")) || (await onlyGguf(snapshot)) !== undefined) return true;
  const index = await readFile(join(snapshot, "model.safetensors.index.json"), "utf8").catch(() => undefined);
  if (index === undefined) return false;
  const { weight_map } = JSON.parse(index) as { weight_map: Record<string, string> };
  return [...new Set(Object.values(weight_map))].every((shard) => existsSync(join(snapshot, shard)));
}

/** The GGUF file of a folder that holds one and no Hugging Face config. */
export async function onlyGguf(folder: string): Promise<string | undefined> {
  const names: string[] = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(".gguf"));
  return files.length === 1 && !names.includes("config.json") ? join(folder, files[0]!) : undefined;
}

/** A relative link to a blob as the other tools make it; a copy where the file system has no links. */
export async function linkBlob(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(relative(dirname(path), blob), path).catch(() => copyFile(blob, path));
}

/** Makes a snapshot the one that a branch or tag means. */
export async function pointRevision(folder: string, revision: string, commit: string): Promise<void> {
  await mkdir(join(folder, "refs"), { recursive: true });
  if (revision !== commit) await writeFile(join(folder, "refs", revision), commit);
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => !entry.isDirectory())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function newestSnapshot(folder: string): Promise<string | undefined> {
  const [first] = await readdir(join(folder, "snapshots")).catch(() => []);
  return first && join(folder, "snapshots", first);
}
