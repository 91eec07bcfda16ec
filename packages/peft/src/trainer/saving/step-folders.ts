import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "@loam/core";
import { readSafetensors, type SafetensorsDtype, type TensorData, writeSafetensors } from "@loam/formats";
import { type Value, value } from "@loam/graph";
import { writing } from "../../disk/disk-errors.ts";

/** What one step leaves behind: tensors by name, and the rest as JSON. */
export interface SavedStep {
  tensors: Readonly<Record<string, Value>>;
  json: Readonly<Record<string, unknown>>;
}

const pattern = /^step-(\d+)$/;

/** Sums of the other files, as `sha256sum --check` reads them; written last. */
const sumsFile = "SHA256SUMS";

/**
 * Writes `step-N` below the folder, whole or not at all, then removes older ones beyond `keep`.
 *
 * @throws {UnavailableError} when the disk is full or cannot be written to; what was there before stays.
 */
export async function saveStep(
  folder: string,
  step: number,
  { tensors, json }: SavedStep,
  { keep }: { keep: number },
): Promise<string> {
  const path = join(folder, `step-${step}`);
  const part = `${path}.part`;
  const stored = Object.entries(tensors).map(([name, x]) => [name, toStored(x)] as const);
  const sizeBytes = stored.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  await writing(path, { what: `the checkpoint of step ${step}`, sizeBytes }, async () => {
    try {
      await rm(part, { recursive: true, force: true });
      await mkdir(part, { recursive: true });
      await writeSafetensors(join(part, "state.safetensors"), stored);
      await writeFile(join(part, "state.json"), `${JSON.stringify(json)}\n`);
      const files = ["state.safetensors", "state.json"];
      const sums = await Promise.all(files.map(async (file) => `${await sha256(join(part, file))}  ${file}\n`));
      await writeFile(join(part, sumsFile), sums.join(""));
      for (const file of [...files, sumsFile]) await flush(join(part, file));
      await rm(path, { recursive: true, force: true });
      await rename(part, path);
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      throw error;
    }
  });
  for (const older of (await stepsIn(folder)).slice(keep)) await rm(join(folder, `step-${older}`), { recursive: true });
  return path;
}

/** The newest step that can be read, or undefined. `onBad` hears of those that cannot, which are passed over. */
export async function latestStep(
  folder: string,
  { onBad }: { onBad?: (path: string, reason: string) => void } = {},
): Promise<SavedStep | undefined> {
  for (const step of await stepsIn(folder)) {
    const path = join(folder, `step-${step}`);
    try {
      return await readStep(path);
    } catch (error) {
      onBad?.(path, (error as Error).message);
    }
  }
  return undefined;
}

async function readStep(path: string): Promise<SavedStep> {
  await checkSums(path);
  const json = JSON.parse(await readFile(join(path, "state.json"), "utf8"));
  const { tensors } = await readSafetensors(join(path, "state.safetensors"));
  const values = [...tensors].map(([name, { shape, data }]) => [name, value(data as Float32Array, shape)] as const);
  return { json, tensors: Object.fromEntries(values) };
}

/** @throws {InputError} `bad_checkpoint` naming the file that is not what was written. */
async function checkSums(path: string): Promise<void> {
  const bad = (problem: string) => new InputError("bad_checkpoint", problem, { details: { path } });
  const sums = await readFile(join(path, sumsFile), "utf8").catch(() => {
    throw bad(`it has no ${sumsFile}, so it was not written to its end.`);
  });
  const listed = [...sums.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)];
  if (listed.length < 2) throw bad(`${sumsFile} is damaged.`);
  for (const [, sum, file] of listed) {
    const found = await sha256(join(path, file!)).catch((error: Error) => {
      throw bad(`${file} cannot be read (${error.message}).`);
    });
    if (found !== sum)
      throw bad(`${file} is damaged: its SHA-256 is ${found.slice(0, 12)}…, it was ${sum!.slice(0, 12)}….`);
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** Newest first. */
async function stepsIn(folder: string): Promise<number[]> {
  if (!existsSync(folder)) return [];
  const steps = (await readdir(folder)).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return steps.map(Number).sort((a, b) => b - a);
}

const storedTypes: Partial<Record<Value["type"], SafetensorsDtype>> = {
  float32: "F32",
  uint8: "U8",
  int8: "I8",
  int32: "I32",
  int64: "I64",
};

const toStored = ({ type, dims, data }: Value) => ({
  dtype: storedTypes[type]!,
  shape: dims,
  data: data as TensorData,
});

async function flush(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
