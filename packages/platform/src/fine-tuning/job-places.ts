import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { checkIn, checkOut, forgetKept, isShared, keptFolder, type Store } from "@loam/store";
import { splitTarget } from "./recipe.ts";
import type { FineTuningJobBody } from "./types.ts";

/** Where a job's target lies on this machine. */
export interface JobParts {
  base: string;
  adapter?: string;
  /** Names of folders for checkpoints: the same wherever a worker has them. */
  places: Readonly<Record<string, string>>;
}

const baseKind = "base-folder";
const resultKind = "fine-tuned";

/** Where a job keeps its rows and its adapter. */
export const jobFolder = ({ home }: Pick<Store, "home">, id: string): string => join(home, "fine-tuning", id);

/** The job whose adapter a target goes on from, on whatever machine it was written down. */
export const parentJobOf = (target: string): string | undefined =>
  /\/fine-tuning\/([\w-]+)\/adapter$/.exec(splitTarget(target)[1] ?? "")?.[1];

/**
 * Keeps a base that is a folder of this machine for the worker that will train on it, wherever that is.
 *
 * @returns the name it is kept under; undefined for models that every machine gets from the hub, or where there is one machine.
 */
export async function keepBase(store: Store, target: string): Promise<string | undefined> {
  const [base] = splitTarget(target);
  if (!isShared(store) || !isAbsolute(base) || !existsSync(base)) return undefined;
  const place = { kind: baseKind, name: await nameOf(base) };
  if (!(await keptFolder(store, place))) await checkIn(store, place, base, { include: (path) => !path.includes("/") });
  return place.name;
}

/** What a job trains on, fetched to this machine where it is not here. @throws {NotFoundError} @throws {UnavailableError} */
export async function partsHere(
  store: Store,
  { target, base: keptAs }: Pick<FineTuningJobBody, "target" | "base">,
): Promise<JobParts> {
  const [named, adapter] = splitTarget(target);
  const parent = parentJobOf(target);
  const base = keptAs === undefined ? named : await baseHere(store, named, keptAs);
  return {
    base,
    ...(adapter !== undefined && { adapter: parent === undefined ? adapter : await resultHere(store, parent) }),
    places: { ...(keptAs !== undefined && { [base]: "base" }), [store.home]: "home" },
  };
}

async function baseHere(store: Store, named: string, name: string): Promise<string> {
  if (existsSync(named) && (await nameOf(named)) === name) return named;
  const path = join(store.home, "bases", name);
  await checkOut(store, { kind: baseKind, name }, path);
  return path;
}

/** A folder's name and what its files look like from outside: one that differs is another. */
async function nameOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isFile() || entry.name.startsWith(".")) continue;
    const { size, mtimeMs } = await stat(join(folder, entry.name));
    hash.update(`${entry.name} ${size} ${Math.floor(mtimeMs)}\n`);
  }
  return `${basename(folder)}-${hash.digest("hex").slice(0, 16)}`;
}

/** Keeps the adapter that a job has made, for every server. */
export async function keepResult(store: Store, id: string): Promise<void> {
  const include = (path: string) => !/^(checkpoints|rows|runs)\//.test(path);
  if (isShared(store))
    await checkIn(store, { kind: resultKind, name: id }, join(jobFolder(store, id), "adapter"), { include });
}

/** The adapter of a job on this machine. */
export async function resultHere(store: Store, id: string): Promise<string> {
  const path = join(jobFolder(store, id), "adapter");
  const place = { kind: resultKind, name: id };
  if (await keptFolder(store, place)) await checkOut(store, place, path);
  // One that a Loam of before has made on this machine is kept when it is first asked for.
  else if (existsSync(path)) await keepResult(store, id);
  return path;
}

export async function forgetResult(store: Store, id: string): Promise<void> {
  await forgetKept(store, { kind: resultKind, name: id });
}
