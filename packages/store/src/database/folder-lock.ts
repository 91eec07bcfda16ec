import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type ProcessIdentity, processState, thisProcess, UnavailableError } from "@loam/core";

/** What the lock file says about the process that owns the folder. */
export interface Owner extends ProcessIdentity {
  /** The folder of the socket it serves the database on; absent where there are no such sockets. */
  socketFolder?: string;
  /** It closed the database and let go. */
  released?: true;
}

export interface FolderLock {
  release(): void;
}

/** The socket's name in its folder, as `psql -h FOLDER` and node-postgres look for it. */
export const SOCKET_NAME = ".s.PGSQL.5432";

/**
 * Tries to become the one owner of a folder.
 *
 * Lock files are `owner.1.lock`, `owner.2.lock`, …: the highest number counts. Who finds its owner gone creates the
 * next number, whole and at once (a hard link), which exactly one process can do; nobody ever removes a file that
 * might be somebody's lock, only lower numbers. After winning a number the folder is read once more: a higher one
 * means that the first look was too early. An owner is gone when its socket does not answer and its process is not
 * the one that wrote the file.
 *
 * @param listen Called before the lock is taken: opens the socket, so that it answers from the lock's first moment.
 * @returns the lock, or the owner that holds it.
 * @throws {UnavailableError} when the owner ran on another machine, so that nothing can be said about it.
 */
export async function lockFolder(
  folder: string,
  listen: () => Promise<string | undefined>,
): Promise<FolderLock | Owner> {
  for (;;) {
    const highest = highestGeneration(folder);
    const owner = readOwner(folder, highest);
    if (owner && (await isAlive(owner, lockPath(folder, highest)))) return owner;
    const mine = highest + 1;
    const socketFolder = await listen();
    if (!createLock(folder, mine, { ...thisProcess(), socketFolder })) continue;
    if (highestGeneration(folder) > mine) {
      unlinkSync(lockPath(folder, mine));
      continue;
    }
    for (const older of generations(folder)) {
      if (older >= mine) continue;
      const left = readOwner(folder, older)?.socketFolder;
      if (left && left !== socketFolder) removeSocket(left);
      rmSync(lockPath(folder, older), { force: true });
    }
    return { release: () => replaceLock(folder, mine, { ...thisProcess(), released: true }) };
  }
}

async function isAlive(owner: Owner, path: string): Promise<boolean> {
  if (owner.released) return false;
  if (owner.socketFolder && (await socketAnswers(join(owner.socketFolder, SOCKET_NAME)))) return true;
  const state = processState(owner);
  if (state !== "unknown") return state === "alive";
  // In a container beside this one, whose socket lies in the shared folder, silence is proof enough.
  if (owner.bootId !== null && owner.bootId === thisProcess().bootId) return false;
  throw new UnavailableError("store", `the folder is held by process ${owner.pid} on the machine ${owner.host}.`, {
    details: { path, owner },
    hint: `stop it there, or, if that machine is gone for good, remove ${path}`,
  });
}

/** Whether a process listens: the kernel answers for it, even while it is busy or stopped. */
function socketAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // EAGAIN: its queue of callers is full, so there is one.
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EAGAIN"));
  });
}

/** Removes a socket and the folder made for it. */
export function removeSocket(socketFolder: string): void {
  try {
    rmSync(join(socketFolder, SOCKET_NAME), { force: true });
    rmdirSync(socketFolder);
  } catch {
    // Gone already, or not ours to remove; it is only litter.
  }
}

const lockPath = (folder: string, generation: number) => join(folder, `owner.${generation}.lock`);

function generations(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const found = /^owner\.(\d+)\.lock$/.exec(name);
    return found ? [Number(found[1])] : [];
  });
}

function highestGeneration(folder: string): number {
  return Math.max(0, ...generations(folder));
}

/** Undefined when there is none, or another process has just replaced it by a higher one. */
function readOwner(folder: string, generation: number): Owner | undefined {
  try {
    return JSON.parse(readFileSync(lockPath(folder, generation), "utf8"));
  } catch (error) {
    // An empty or torn file is what a power cut leaves of a lock whose machine is down.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Creates the file with its content in one step; false when it is there already. */
function createLock(folder: string, generation: number, owner: Owner): boolean {
  const temporary = writeTemporary(folder, owner);
  try {
    linkSync(temporary, lockPath(folder, generation));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function replaceLock(folder: string, generation: number, owner: Owner): void {
  renameSync(writeTemporary(folder, owner), lockPath(folder, generation));
}

function writeTemporary(folder: string, owner: Owner): string {
  const path = join(folder, `.owner.${randomBytes(8).toString("hex")}`);
  writeFileSync(path, `${JSON.stringify(owner, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return path;
}
