import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { datasetInfo, HubApiError, type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";
import {
  InputError,
  NotFoundError,
  type OnProgress,
  ProgressMeter,
  throwIfCancelled,
  UnavailableError,
} from "@loam/core";

export interface PullOptions {
  /** Branch, tag or commit; `main` unless said otherwise. */
  revision?: string;
  /** False looks in the cache only. */
  download?: boolean;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Files a model is run from; other weights of the same model (ONNX, PyTorch, TensorFlow) stay where they are. */
const neededFile =
  /^((config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|modules|sentence_\w+_config|config_sentence_transformers|adapter_config|model\.safetensors\.index)\.json|merges\.txt|vocab\.txt|chat_template\.jinja|[\w.-]+\.model|(model|adapter_model)[\w.-]*\.safetensors|\d+_\w+\/(config\.json|model\.safetensors))$/;

/** Where models are kept, as every Hugging Face tool agrees: `HF_HUB_CACHE`, else `hub` below `HF_HOME`. */
export function hubCacheFolder(): string {
  const home = process.env.HF_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "huggingface");
  return process.env.HF_HUB_CACHE ?? process.env.HUGGINGFACE_HUB_CACHE ?? join(home, "hub");
}

type RepositoryKind = "model" | "dataset";

const repositoryFolder = (id: string, kind: RepositoryKind = "model"): string =>
  join(hubCacheFolder(), `${kind}s--${id.replaceAll("/", "--")}`);

/** Rows of a dataset; what its page says and how its scripts would load it stay where they are. */
const rowFile =
  /^(?!(.*\/)?(dataset_infos?|dataset_dict|state|README)\.)[^.].*\.((json|jsonl|ndjson|csv|tsv)(\.gz)?|parquet|txt)$/i;

/**
 * The folder of a model in the hub cache, downloaded where it is not complete: interrupted files go on where they
 * stopped, finished ones are verified against the hub's SHA-256. `HF_ENDPOINT` names a mirror, `HF_TOKEN` the account.
 *
 * @param id hub id, `owner/name`.
 * @throws {NotFoundError} when the hub has no such model or revision, {@link UnavailableError} when it cannot be reached.
 */
export async function pullModel(id: string, options: PullOptions = {}): Promise<string> {
  const { revision = "main" } = options;
  const folder = repositoryFolder(id);
  const cached = await cachedSnapshot(folder, revision);
  if (cached && (await isComplete(cached))) return cached;
  if (options.download === false)
    throw new NotFoundError("model in the cache", id, { hint: `fetch it with \`loam models pull ${id}\`` });
  return pullRepository(id, { ...options, revision, kind: "model", isNeeded: (path) => neededFile.test(path) });
}

/**
 * The folder of a dataset's files in the hub cache (JSON, JSON Lines, CSV, Parquet, text), downloaded where it is not
 * complete, as {@link pullModel} does.
 *
 * @throws {NotFoundError} when it is not in the cache and may not be downloaded.
 */
export async function pullDataset(id: string, options: PullOptions = {}): Promise<string> {
  const { revision = "main" } = options;
  const folder = repositoryFolder(id, "dataset");
  const commit = await readFile(join(folder, "refs", revision), "utf8").catch(() => revision);
  const snapshot = join(folder, "snapshots", commit.trim());
  // Unlike weights, rows do not say which files belong together: the mark is written when all of them are there.
  if (existsSync(join(folder, "complete", commit.trim()))) return snapshot;
  if (options.download === false) throw new NotFoundError("dataset in the cache", id, { hint: "allow the download" });
  const pulled = await pullRepository(id, {
    ...options,
    revision,
    kind: "dataset",
    isNeeded: (path) => rowFile.test(path),
  });
  await mkdir(join(folder, "complete"), { recursive: true });
  await writeFile(join(folder, "complete", basename(pulled)), "");
  return pulled;
}

async function pullRepository(
  id: string,
  {
    revision,
    kind,
    isNeeded,
    signal,
    onProgress,
  }: PullOptions & { revision: string; kind: RepositoryKind; isNeeded: (path: string) => boolean },
): Promise<string> {
  const folder = repositoryFolder(id, kind);
  const hubUrl = (process.env.HF_ENDPOINT ?? "https://huggingface.co").replace(/\/$/, "");
  const accessToken = process.env.HF_TOKEN || undefined;
  const request: typeof fetch = (url, init) => fetch(url, { ...init, signal });
  const credentials = { hubUrl, accessToken, fetch: request };
  const files: ListFileEntry[] = [];
  let commit: string;
  try {
    const wanted = { name: id, revision, additionalFields: ["sha" as const], ...credentials };
    commit = (await (kind === "model" ? modelInfo(wanted) : datasetInfo(wanted))).sha;
    const repo = { type: kind, name: id };
    for await (const entry of listFiles({ repo, revision: commit, recursive: true, ...credentials })) {
      if (entry.type === "file" && isNeeded(entry.path)) files.push(entry);
    }
  } catch (error) {
    throwIfCancelled(signal, `Downloading ${id}`);
    throw hubError(error, id, hubUrl, kind);
  }
  // Weights come last, so that a folder with all its weights is a complete one.
  files.sort((a, b) => Number(a.path.endsWith(".safetensors")) - Number(b.path.endsWith(".safetensors")));
  if (files.length === 0) {
    throw kind === "model"
      ? new InputError("no_weights", `${id} holds no files that Loam can use.`, {
          hint: "choose a model with safetensors weights",
        })
      : new InputError("empty_dataset", `${id} holds no files of rows.`, {
          hint: "choose a dataset with .json, .jsonl, .csv, .parquet or .txt files",
        });
  }

  const snapshot = join(folder, "snapshots", commit);
  await mkdir(snapshot, { recursive: true });
  await mkdir(join(folder, "blobs"), { recursive: true });
  const meter = new ProgressMeter(onProgress, {
    task: "download",
    label: id,
    unit: "byte",
    total: files.reduce((sum, { size }) => sum + size, 0),
  });
  for (const file of files) {
    const blob = join(folder, "blobs", file.lfs?.oid ?? file.oid ?? file.path.replaceAll("/", "--"));
    if (existsSync(blob)) meter.advance(file.size, file.path);
    else
      await downloadBlob({
        url: `${hubUrl}/${kind === "dataset" ? "datasets/" : ""}${id}/resolve/${commit}/${file.path}`,
        blob,
        file,
        accessToken,
        meter,
        signal,
        id,
        kind,
      });
    await linkBlob(blob, join(snapshot, file.path));
  }
  await mkdir(join(folder, "refs"), { recursive: true });
  if (revision !== commit) await writeFile(join(folder, "refs", revision), commit);
  return snapshot;
}

export interface CachedModel {
  /** Hub id. */
  id: string;
  /** Snapshot folder. */
  path: string;
  sizeBytes: number;
}

/** The models in the hub cache, whoever put them there. */
export async function listModels(): Promise<CachedModel[]> {
  const names = await readdir(hubCacheFolder()).catch(() => []);
  const models: CachedModel[] = [];
  for (const name of names.filter((name) => name.startsWith("models--")).sort()) {
    const folder = join(hubCacheFolder(), name);
    const path = (await cachedSnapshot(folder, "main")) ?? (await newestSnapshot(folder));
    if (!path) continue;
    let sizeBytes = 0;
    for (const blob of await readdir(join(folder, "blobs")).catch(() => []))
      sizeBytes += (await stat(join(folder, "blobs", blob))).size;
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

async function cachedSnapshot(folder: string, revision: string): Promise<string | undefined> {
  const commit = await readFile(join(folder, "refs", revision), "utf8").catch(() => revision);
  const snapshot = join(folder, "snapshots", commit.trim());
  return existsSync(join(snapshot, "config.json")) ? snapshot : undefined;
}

/** True when every file of weights is there, whichever tool fetched them. */
async function isComplete(snapshot: string): Promise<boolean> {
  if (existsSync(join(snapshot, "model.safetensors"))) return true;
  const index = await readFile(join(snapshot, "model.safetensors.index.json"), "utf8").catch(() => undefined);
  if (index === undefined) return false;
  const { weight_map } = JSON.parse(index) as { weight_map: Record<string, string> };
  return [...new Set(Object.values(weight_map))].every((shard) => existsSync(join(snapshot, shard)));
}

async function newestSnapshot(folder: string): Promise<string | undefined> {
  const [first] = await readdir(join(folder, "snapshots")).catch(() => []);
  return first && join(folder, "snapshots", first);
}

interface BlobDownload {
  url: string;
  blob: string;
  file: ListFileEntry;
  accessToken?: string;
  meter: ProgressMeter;
  signal?: AbortSignal;
  id: string;
  kind: RepositoryKind;
}

async function downloadBlob({ url, blob, file, accessToken, meter, signal, id, kind }: BlobDownload): Promise<void> {
  const incomplete = `${blob}.incomplete`;
  let have = (await stat(incomplete).catch(() => undefined))?.size ?? 0;
  if (have > file.size) {
    await truncate(incomplete, 0);
    have = 0;
  }
  if (have < file.size || file.size === 0) {
    const headers: Record<string, string> = {};
    if (accessToken) headers.authorization = `Bearer ${accessToken}`;
    if (have > 0) headers.range = `bytes=${have}-`;
    const response = await fetch(url, { headers, signal }).catch((error) => {
      throwIfCancelled(signal, `Downloading ${id}`);
      throw hubError(error, id, new URL(url).origin, kind);
    });
    if (!response.ok || !response.body) throw statusError(response.status, id, url, kind);
    if (response.status !== 206) have = 0; // the server sends the whole file
    meter.advance(have, file.path);
    const counted = Readable.fromWeb(response.body as import("node:stream/web").ReadableStream).on(
      "data",
      (chunk: Uint8Array) => meter.advance(chunk.length, file.path),
    );
    await pipeline(counted, createWriteStream(incomplete, { flags: have > 0 ? "a" : "w" }), { signal }).catch(
      (error) => {
        throwIfCancelled(signal, `Downloading ${id}`);
        throw new UnavailableError(
          new URL(url).origin,
          `the download of ${file.path} broke off (${(error as Error).message}).`,
          {
            hint: "run it again: it goes on where it stopped",
            cause: error,
          },
        );
      },
    );
  } else meter.advance(have, file.path);
  await verify(incomplete, file, id);
  await rename(incomplete, blob);
}

async function verify(path: string, { path: name, size, lfs }: ListFileEntry, id: string): Promise<void> {
  const found = (await stat(path)).size;
  if (found !== size) {
    throw new UnavailableError("hub", `${name} of ${id} has ${found} bytes after the download; expected ${size}.`, {
      hint: "run it again: it goes on where it stopped",
    });
  }
  if (!lfs) return;
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  if (hash.digest("hex") === lfs.oid) return;
  await rm(path);
  throw new InputError("bad_download", `${name} of ${id} does not have the SHA-256 that the hub names.`, {
    hint: "download it again",
  });
}

/** A relative link as the other tools make it; a copy where the file system has no links. */
async function linkBlob(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink(relative(dirname(path), blob), path).catch(() => copyFile(blob, path));
}

function hubError(error: unknown, id: string, hubUrl: string, kind: RepositoryKind): Error {
  if (error instanceof HubApiError) return statusError(error.statusCode, id, hubUrl, kind);
  return new UnavailableError(hubUrl, `cannot be reached (${(error as Error).message}).`, {
    hint: "check the network, or name a mirror in HF_ENDPOINT",
    cause: error,
  });
}

function statusError(status: number, id: string, url: string, kind: RepositoryKind): Error {
  if (status === 404)
    return new NotFoundError(`${kind} on the hub`, id, {
      hint: `check the spelling: ${url} has no such ${kind} or revision`,
    });
  if (status === 401 || status === 403) {
    return new UnavailableError(new URL(url).origin, `does not let this account read ${id} (HTTP ${status}).`, {
      hint: "it may be gated: accept its terms on its page, and set HF_TOKEN",
    });
  }
  return new UnavailableError(new URL(url).origin, `answered HTTP ${status} for ${id}.`, {
    hint: "try again in a moment",
  });
}
