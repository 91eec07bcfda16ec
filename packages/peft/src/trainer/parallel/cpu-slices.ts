import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/** What one worker process may use of the CPU. */
export interface CpuSlice {
  threads: number;
  /** Processors to stay on, in the kernel's notation (`0-7,16-23`); left out where there is one memory for all. */
  cpus?: string;
}

/**
 * Parts the CPU among workers. On a machine with several NUMA nodes workers are spread over the nodes and stay on theirs, so
 * that the pages they touch lie in the memory beside them; elsewhere the kernel may move them.
 *
 * @param nodes the processors of each NUMA node, as the kernel's `cpulist` files have them
 */
export function cpuSlices(
  workers: number,
  {
    threads,
    nodes = numaNodes(),
    processors = availableParallelism(),
  }: { threads?: number; nodes?: readonly string[]; processors?: number } = {},
): CpuSlice[] {
  const fair = Math.max(1, Math.floor(processors / workers));
  return Array.from({ length: workers }, (_, rank) => ({
    threads: threads ?? fair,
    ...(nodes.length > 1 && { cpus: nodes[rank % nodes.length]! }),
  }));
}

function numaNodes(): string[] {
  const folder = "/sys/devices/system/node";
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^node\d+$/.test(name))
    .map((name) => readFileSync(join(folder, name, "cpulist"), "utf8").trim())
    .filter((cpus) => cpus !== "");
}
