import { existsSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError, ProgressMeter, throwIfCancelled } from "@loam/core";
import { hubCacheFolder } from "@loam/models";
import type { Io } from "../../terminal/io.ts";

/** What a bundle holds. */
export interface Bundle {
  folder: string;
  models: string[];
  /** Loam itself and the Node it runs on; false where Loam runs from its repository. */
  withProgram: boolean;
  sizeBytes: number;
}

/**
 * Copies models, Loam and Node into one folder that runs on a machine of the same kind without a network: `FOLDER/loam`.
 *
 * @param ids hub ids of models that are in the cache
 * @throws {InputError} `not_empty` when the folder holds something already.
 */
export async function writeBundle(folder: string, ids: readonly string[], io: Io): Promise<Bundle> {
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    throw new InputError("not_empty", `${folder} is not empty.`, { hint: "give a folder that is not there yet" });
  const sources = ids.map((id) => {
    const name = `models--${id.replaceAll("/", "--")}`;
    return { from: join(hubCacheFolder(), name), to: join(folder, "models", "hub", name) };
  });
  const program = programFolder();
  if (program !== undefined) sources.push({ from: program, to: join(folder, "app", "node_modules") });
  const files = (await Promise.all(sources.map(({ from, to }) => listFiles(from, to)))).flat();
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const meter = new ProgressMeter(io.progress, { task: "bundle", label: basename(folder), unit: "byte", total });
  for (const { from, to, bytes } of files) {
    throwIfCancelled(io.signal, "Bundling");
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
    meter.advance(bytes);
  }
  const node = process.platform === "win32" ? "node.exe" : "node";
  await mkdir(folder, { recursive: true });
  if (program !== undefined) await cp(process.execPath, join(folder, node));
  const main = join("app", "node_modules", relative(program ?? "", loamFile()));
  await writeFile(join(folder, "loam"), shellScript(program === undefined ? undefined : main));
  await chmod(join(folder, "loam"), 0o755);
  await writeFile(join(folder, "loam.cmd"), windowsScript(program === undefined ? undefined : main));
  return { folder, models: [...ids], withProgram: program !== undefined, sizeBytes: total };
}

const loamFile = (): string => fileURLToPath(new URL("../../../bin/loam.js", import.meta.url));

/** The `node_modules` that Loam is installed in; undefined in its repository. */
function programFolder(): string | undefined {
  for (let at = dirname(loamFile()); dirname(at) !== at; at = dirname(at))
    if (basename(at) === "node_modules") return at;
  return undefined;
}

interface FileToCopy {
  from: string;
  to: string;
  bytes: number;
}

/** The files of a folder. What links point to is copied in their place: not every disk that is carried knows links. */
async function listFiles(from: string, to: string): Promise<FileToCopy[]> {
  const files: FileToCopy[] = [];
  for (const entry of await readdir(from, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const place = relative(from, path);
    // Of a model, the snapshots hold everything.
    if (entry.isDirectory() || place.startsWith("blobs")) continue;
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isFile()) files.push({ from: path, to: join(to, place), bytes: facts.size });
  }
  return files;
}

/** Without the program, whatever `loam` is on the machine is run with the models. */
const shellScript = (main: string | undefined): string => `#!/bin/sh
here="$(cd "$(dirname "$0")" && pwd)"
HF_HOME="$here/models"
HF_HUB_OFFLINE=1
export HF_HOME HF_HUB_OFFLINE
exec ${main ? `"$here/node" "$here/${main}"` : "loam"} "$@"
`;

const windowsScript = (main: string | undefined): string =>
  [
    "@echo off",
    'set "HF_HOME=%~dp0models"',
    'set "HF_HUB_OFFLINE=1"',
    `${main ? `"%~dp0node.exe" "%~dp0${main.replaceAll("/", "\\")}"` : "loam"} %*`,
    "",
  ].join("\r\n");
