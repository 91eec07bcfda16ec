import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ProcessIdentity, processState, thisProcess, UnavailableError } from "@loam/core";

/** Keeps a run's folder to one process. */
export interface RunLock {
  release(): void;
}

/**
 * Takes a run's folder for this process. Locks are `run.1.lock`, `run.2.lock`, …: the highest counts. Who finds its
 * process gone creates the next number whole and at once (a hard link), which one process alone can do; a number that
 * has been passed is removed by who passed it.
 *
 * @throws {UnavailableError} when another process works in the folder, or one that nothing can be said about from here.
 */
export function lockRun(folder: string): RunLock {
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const held = holderOf(folder);
    if (held && processState(held.owner) !== "dead") throw busy(folder, held);
    const mine = (held?.number ?? 0) + 1;
    if (!create(folder, mine)) continue;
    if (numbers(folder)[0] !== mine) {
      rmSync(lockPath(folder, mine), { force: true }); // the first look was too early
      continue;
    }
    for (const older of numbers(folder).slice(1)) rmSync(lockPath(folder, older), { force: true });
    return { release: () => rmSync(lockPath(folder, mine), { force: true }) };
  }
}

/** Whether a process works on the run just now. */
export function isLocked(folder: string): boolean {
  const held = holderOf(folder);
  return held !== undefined && processState(held.owner) !== "dead";
}

interface Holder {
  number: number;
  owner: ProcessIdentity;
}

function busy(folder: string, { number, owner }: Holder): UnavailableError {
  return new UnavailableError("evaluation", `process ${owner.pid} on ${owner.host} works on the run in ${folder}.`, {
    details: { folder, pid: owner.pid, host: owner.host },
    hint:
      processState(owner) === "alive"
        ? "wait for it or stop it, or give this run a folder of its own (--out)"
        : `stop it there, or, if that machine is gone for good, remove ${lockPath(folder, number)}`,
  });
}

const lockPath = (folder: string, number: number): string => join(folder, `run.${number}.lock`);

/** Highest first. */
function numbers(folder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const found = /^run\.(\d+)\.lock$/.exec(name);
      return found ? [Number(found[1])] : [];
    })
    .sort((a, b) => b - a);
}

function holderOf(folder: string): Holder | undefined {
  const [number] = numbers(folder);
  if (number === undefined) return undefined;
  try {
    return { number, owner: JSON.parse(readFileSync(lockPath(folder, number), "utf8")) as ProcessIdentity };
  } catch {
    return undefined; // released in this moment
  }
}

/** False when the number is taken. */
function create(folder: string, number: number): boolean {
  const draft = join(folder, `.run.${randomBytes(8).toString("hex")}`);
  writeFileSync(draft, JSON.stringify(thisProcess()), { flag: "wx" });
  try {
    linkSync(draft, lockPath(folder, number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
