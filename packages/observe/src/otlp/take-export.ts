import { availableParallelism } from "node:os";
import { withinBudget } from "@loam/core";
import type { Store } from "@loam/store";
import { OverloadedError, writePrepared } from "../ingest/span-writer.ts";
import { registeredSecrets } from "../secrets/secrets.ts";
import { type OtlpExport, type PreparedExport, prepareExport } from "./export.tasks.ts";

const tasks = new URL(`./export.tasks${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
/** Reading less than this takes some 30 ms at most, and half as much work in all as handing it to another thread. */
const readHereBytes = 512 * 1024;
const threads = Math.min(4, Math.max(1, availableParallelism() - 1));
/** Bodies that wait for a thread, all together. */
const maxWaitingBytes = 256 * 1024 ** 2;
const budget = { seconds: 60, memoryMiB: 1024 };

/** Turns of the threads: each reads one body at a time. */
const waiting: (() => void)[] = [];
let busy = 0;
let waitingBytes = 0;

/**
 * Stores the spans of an OTLP request; once this resolves they are committed. Large bodies are read in a thread of their
 * own: what is in them does not keep others waiting.
 *
 * @returns why spans could not be kept, one sentence for each.
 * @throws {InputError} when the body is no such request.
 * @throws {OverloadedError} when too much waits already.
 */
export async function takeOtlpExport(store: Store, input: Omit<OtlpExport, "secrets">): Promise<string[]> {
  let rejected: string[] = [];
  const make = async () => {
    const prepared = await prepare(input);
    rejected = prepared.rejected;
    return prepared;
  };
  await writePrepared(store, spansAbout(input.bytes), make, input);
  return rejected;
}

async function prepare(input: Omit<OtlpExport, "secrets">): Promise<PreparedExport> {
  const size = input.bytes.length;
  if (size < readHereBytes) return await prepareExport({ ...input, secrets: [] });
  if (waitingBytes > 0 && waitingBytes + size > maxWaitingBytes) throw new OverloadedError(spansAbout(input.bytes));
  waitingBytes += size;
  if (busy < threads) busy++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await withinBudget<PreparedExport>(
      { module: tasks, name: "prepareExport", what: "Reading the spans" },
      { ...input, secrets: registeredSecrets() },
      budget,
    );
  } finally {
    waitingBytes -= size;
    const next = waiting.shift();
    if (next) next();
    else busy--;
  }
}

/** How many spans a body may hold, before it is read: one has about a kilobyte. */
function spansAbout(bytes: Uint8Array): number {
  return 1 + Math.ceil(bytes.length / 1024);
}
