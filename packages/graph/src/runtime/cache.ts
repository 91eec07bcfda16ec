import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { cpus, homedir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { openSession, type Session, type SessionOptions } from "./session.ts";

/** Where compiled graphs and weights are kept between runs: `LOAM_CACHE`, else `~/.cache/loam`. */
function cacheFolder(...parts: string[]): string {
  const folder = join(process.env.LOAM_CACHE ?? join(homedir(), ".cache", "loam"), ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A file with these bytes, named for their hash, so that equal arrays share one file. */
export function spillToFile(bytes: Uint8Array): string {
  const folder = cacheFolder("weights");
  const file = join(folder, `${createHash("sha256").update(bytes).digest("hex")}.bin`);
  inUse.add(file);
  if (existsSync(file)) {
    utimesSync(file, new Date(), statSync(file).mtime); // the access time says when it was last used
    return file;
  }
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, file);
  trimWeights(folder);
  return file;
}

/** Files that graphs of this process were compiled with. */
const inUse = new Set<string>();
const keptWeightBytes = 4 * 1024 ** 3;
/** Another process may be about to open what it has just written. */
const graceMs = 3_600_000;

/** Removes the weights used longest ago until the rest fits, but none of this process or of the last hour. */
export function trimWeights(folder: string, { limitBytes = keptWeightBytes }: { limitBytes?: number } = {}): void {
  const files = readdirSync(folder)
    .map((name) => join(folder, name))
    .map((file) => ({ file, stats: statSync(file, { throwIfNoEntry: false }) }));
  let total = files.reduce((sum, { stats }) => sum + (stats?.size ?? 0), 0);
  for (const { file, stats } of files.sort((a, b) => (a.stats?.atimeMs ?? 0) - (b.stats?.atimeMs ?? 0))) {
    if (total <= limitBytes) return;
    if (!stats || inUse.has(file) || Date.now() - stats.atimeMs < graceMs) continue;
    rmSync(file, { force: true });
    total -= stats.size;
  }
}

/** Graphs with fewer nodes are optimised faster than they are looked up. */
const smallestNodeCount = 200;
const keptGraphs = 100;

/**
 * Opens a graph that we wrote, optimised by an earlier run if there was one. The key covers everything the optimised
 * graph depends on: its bytes, the files its weights lie in, ONNX Runtime's version, the processor and the options.
 */
export async function openCached(
  model: Uint8Array,
  { nodeCount, weightFiles, ...options }: SessionOptions & { nodeCount: number; weightFiles: readonly string[] },
): Promise<Session> {
  const cacheable = (options.device ?? "cpu") === "cpu" && (options.optimization ?? "all") === "all";
  if (!cacheable || nodeCount < smallestNodeCount) return openSession(model, options);
  const stamps = weightFiles.map((file) => [file, statSync(file).size, statSync(file).mtimeMs]);
  const facts = JSON.stringify([ort.env.versions, cpus()[0]?.model, process.platform, process.arch, options, stamps]);
  const key = createHash("sha256").update(model).update(facts).digest("hex");
  const folder = graphFolder();
  if (!folder) return openSession(model, options);
  const file = join(folder, `${key}.onnx`);
  if (existsSync(file)) {
    utimesSync(file, new Date(), new Date());
    return openSession(file, { ...options, optimization: "none" });
  }
  const temporary = `${file}.${process.pid}.${writes++}`;
  const session = await openSession(model, { ...options, saveOptimizedTo: temporary });
  renameSync(temporary, file);
  removeOldest(folder);
  return session;
}

let writes = 0;

/** Undefined where nothing can be written: then graphs are optimised each time. */
function graphFolder(): string | undefined {
  try {
    return cacheFolder("graphs");
  } catch {
    return undefined;
  }
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".onnx"))
    .map((name) => join(folder, name));
  const byAge = files.map((file) => ({ file, time: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  for (const { file } of byAge.sort((a, b) => b.time - a.time).slice(keptGraphs)) rmSync(file, { force: true });
}
