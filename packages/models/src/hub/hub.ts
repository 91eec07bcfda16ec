import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { datasetInfo, HubApiError, type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";
import {
  InputError,
  NotFoundError,
  type OnProgress,
  ProgressMeter,
  throwIfCancelled,
  UnavailableError,
} from "@loam/core";
import { linkBlob, pointRevision, type RepositoryKind, repositoryFolder } from "./cache.ts";
import { download } from "./download.ts";
import { isWeights, listingLimits } from "./source.ts";

export interface PullOptions {
  /** Branch, tag or commit; `main` unless said otherwise. */
  revision?: string;
  /** False looks in the cache only. */
  download?: boolean;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Files that a model is run from; other weights of the same model (ONNX, PyTorch, TensorFlow) stay where they are. */
export const neededFile =
  /^((config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|modules|sentence_\w+_config|config_sentence_transformers|adapter_config|model\.safetensors\.index)\.json|merges\.txt|vocab\.txt|chat_template\.jinja|[\w.-]+\.model|(model|adapter_model)[\w.-]*\.safetensors|\d+_\w+\/(config\.json|model\.safetensors))$/;

/** Rows of a dataset; what its page says and how its scripts would load it stay where they are. */
const rowFile =
  /^(?!(.*\/)?(dataset_infos?|dataset_dict|state|README)\.)[^.].*\.((json|jsonl|ndjson|csv|tsv)(\.gz)?|parquet|txt)$/i;

/** The hub that is asked: `HF_ENDPOINT` names a mirror. */
export const hubEndpoint = (): string => (process.env.HF_ENDPOINT ?? "https://huggingface.co").replace(/\/$/, "");

export interface HubOptions extends PullOptions {
  /** Another hub than {@link hubEndpoint}. */
  endpoint?: string;
  /** Files to fetch; those that a model is run from unless given. */
  isNeeded?: (path: string) => boolean;
  /** SHA-256 of files by path, beyond what the hub itself states. */
  sha256?: Readonly<Record<string, string>>;
}

/**
 * Downloads a model from a hub into the cache: interrupted files go on where they stopped, finished ones are verified
 * against the hub's SHA-256. `HF_TOKEN` is the account.
 *
 * @returns the snapshot folder.
 * @throws {NotFoundError} when the hub has no such model or revision, {@link UnavailableError} when it cannot be reached.
 */
export const pullFromHub = (id: string, options: HubOptions = {}): Promise<string> =>
  pullRepository(id, { isNeeded: (path) => neededFile.test(path), ...options, kind: "model" });

/**
 * The folder of a dataset's files in the hub cache (JSON, JSON Lines, CSV, Parquet, text), downloaded where it is not
 * complete, as {@link pullFromHub} does.
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
    revision = "main",
    kind,
    isNeeded,
    endpoint: hubUrl = hubEndpoint(),
    sha256 = {},
    signal,
    onProgress,
  }: HubOptions & { kind: RepositoryKind; isNeeded: (path: string) => boolean },
): Promise<string> {
  const folder = repositoryFolder(id, kind);
  // The account's token goes to the hub that the person chose, and to no mirror of ours.
  const accessToken = hubUrl === hubEndpoint() ? process.env.HF_TOKEN || undefined : undefined;
  const request: typeof fetch = (url, init) => fetch(url, { ...init, signal: listingLimits(signal) });
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
  files.sort((a, b) => Number(isWeights(a.path)) - Number(isWeights(b.path)));
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
    const stated = sha256[file.path] ?? file.lfs?.oid;
    const blob = join(folder, "blobs", stated ?? file.oid ?? file.path.replaceAll("/", "--"));
    const url = `${hubUrl}/${kind === "dataset" ? "datasets/" : ""}${id}/resolve/${commit}/${file.path}`;
    if (existsSync(blob)) meter.advance(file.size, file.path);
    else
      await download({
        ...{ url, path: blob, name: file.path, of: id, sizeBytes: file.size, sha256: stated, meter, signal },
        headers: accessToken ? { authorization: `Bearer ${accessToken}` } : {},
        statusError: (status) => statusError(status, id, url, kind),
        unreachable: (error) => hubError(error, id, hubUrl, kind),
      });
    await linkBlob(blob, join(snapshot, file.path));
  }
  await pointRevision(folder, revision, commit);
  return snapshot;
}

function hubError(error: unknown, id: string, hubUrl: string, kind: RepositoryKind): Error {
  if (error instanceof HubApiError) return statusError(error.statusCode, id, hubUrl, kind);
  const { message, cause } = error as { message: string; cause?: { code?: string } };
  return new UnavailableError(hubUrl, `cannot be reached (${cause?.code ?? message}).`, {
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
