import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { NotFoundError, ProgressMeter, throwIfCancelled, UnavailableError } from "@loam/core";
import { linkBlob, pointRevision, repositoryFolder } from "./cache.ts";
import { download } from "./download.ts";
import { isWeights, listingLimits, type SourceOptions, snapshotName, unreachable } from "./source.ts";

/** One file of a repository as ModelScope lists it. */
interface ListedFile {
  Path: string;
  Type: string;
  Size: number;
  Sha256?: string;
}

/** ModelScope's address; `MODELSCOPE_ENDPOINT` names another. */
export const modelScopeEndpoint = (): string =>
  (process.env.MODELSCOPE_ENDPOINT ?? "https://www.modelscope.cn").replace(/\/$/, "");

/**
 * Downloads a model from ModelScope (魔搭) into the cache of the Hugging Face tools.
 *
 * @returns the snapshot folder.
 * @throws {NotFoundError} for an unknown model. @throws {UnavailableError} when the service cannot be reached.
 */
export async function pullFromModelScope(id: string, options: SourceOptions): Promise<string> {
  const { cacheId, isNeeded, sha256, signal, onProgress } = options;
  const endpoint = modelScopeEndpoint();
  const listed = await list(endpoint, id, signal);
  const files = listed
    .filter(({ Type, Path }) => Type === "blob" && isNeeded(Path))
    .sort((a, b) => Number(isWeights(a.Path)) - Number(isWeights(b.Path)));
  if (files.length === 0)
    throw new NotFoundError("model on ModelScope", id, { hint: "it holds no files that Loam can use" });
  const commit = snapshotName(files.map(({ Path, Sha256 }) => `${Path} ${sha256[Path] ?? Sha256}`));
  const folder = repositoryFolder(cacheId);
  const snapshot = join(folder, "snapshots", commit);
  await mkdir(join(folder, "blobs"), { recursive: true });
  const total = files.reduce((sum, { Size }) => sum + Size, 0);
  const meter = new ProgressMeter(onProgress, { task: "download", label: cacheId, unit: "byte", total });
  for (const { Path: path, Size: sizeBytes, Sha256 } of files) {
    const stated = sha256[path] ?? (Sha256 || undefined);
    const blob = join(folder, "blobs", stated ?? path.replaceAll("/", "--"));
    if (existsSync(blob)) meter.advance(sizeBytes, path);
    else
      await download({
        url: `${endpoint}/models/${id}/resolve/master/${path}`,
        ...{ path: blob, name: path, of: cacheId, sizeBytes, sha256: stated, meter, signal },
        statusError: (status) => refused(endpoint, id, status),
        unreachable: (error) => unreachable(endpoint, error),
      });
    await linkBlob(blob, join(snapshot, path));
  }
  await pointRevision(folder, "main", commit);
  return snapshot;
}

async function list(endpoint: string, id: string, signal: AbortSignal | undefined): Promise<ListedFile[]> {
  const url = `${endpoint}/api/v1/models/${id}/repo/files?Revision=master&Recursive=true`;
  const response = await fetch(url, { signal: listingLimits(signal) }).catch((error) => {
    throwIfCancelled(signal, `Downloading ${id}`);
    throw unreachable(endpoint, error);
  });
  if (!response.ok) throw refused(endpoint, id, response.status);
  const { Data } = (await response.json()) as { Data?: { Files?: ListedFile[] } };
  return Data?.Files ?? [];
}

function refused(endpoint: string, id: string, status: number): Error {
  if (status === 404) return new NotFoundError("model on ModelScope", id, { hint: `check the spelling: ${endpoint}` });
  return new UnavailableError(endpoint, `answered HTTP ${status} for ${id}.`, { hint: "try again in a moment" });
}
