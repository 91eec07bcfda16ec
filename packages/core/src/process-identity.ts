import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Tells one process from every other, also from a later one that was given the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in whatever unit the system tells; null when it does not. */
  startedAt: string | null;
  /** Which start of the machine it belongs to. */
  bootId: string | null;
  /** Inside which numbering of processes the pid counts (containers have their own). */
  pidSpace: string | null;
  host: string;
}

export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    startedAt: startTime(process.pid),
    bootId: bootId(),
    pidSpace: pidSpace(),
    host: hostname(),
  };
}

/**
 * Whether the process still runs: `unknown` when that cannot be told from here, because it belongs to another
 * machine or another container.
 */
export function processState({
  pid,
  startedAt,
  bootId: boot,
  pidSpace: space,
  host,
}: ProcessIdentity): "alive" | "dead" | "unknown" {
  if (boot !== bootId()) return host === hostname() ? "dead" : "unknown"; // restarted since, or another machine
  if (boot === null && host !== hostname()) return "unknown";
  if (space !== pidSpace()) return "unknown";
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return "dead";
  }
  return startTime(pid) === startedAt ? "alive" : "dead";
}

function bootId(): string | null {
  return ask(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"), ["sysctl", "-n", "kern.bootsessionuuid"]);
}

function startTime(pid: number): string | null {
  return ask(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold anything; field 22 is counted from behind it (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") throw new Error("a zombie runs no more");
    return fields[19]!;
  }, ["ps", "-o", "lstart=", "-p", String(pid)]);
}

function pidSpace(): string | null {
  return ask(() => readlinkSync("/proc/self/ns/pid"));
}

function ask(linux: () => string, [command, ...args]: string[] = []): string | null {
  try {
    if (process.platform === "linux") return linux().trim();
    if (process.platform === "darwin" && command) return execFileSync(command, args, { encoding: "utf8" }).trim();
  } catch {
    // It does not tell: the process is gone, or the system keeps it to itself.
  }
  return null;
}
