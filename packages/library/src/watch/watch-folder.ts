import { setTimeout as wait } from "node:timers/promises";
import { LoamError } from "@loam/core";
import type { Store } from "@loam/store";
import type { Library } from "../library/types.ts";
import { type LastLook, syncFolder, type WatchEvent } from "./sync-folder.ts";

/** Between two looks: what a file has grown in it is still being written. */
const usualLookMs = 2000;

/**
 * Keeps the library to what a folder holds until the signal fires, or (`once`) until everything that is there now has
 * been read.
 */
export async function watchFolder(
  context: { library: Library; store: Store },
  folder: string,
  {
    once = false,
    lookMs = usualLookMs,
    signal,
    onEvent,
  }: { once?: boolean; lookMs?: number; signal: AbortSignal; onEvent: (event: WatchEvent) => void },
): Promise<void> {
  let last: LastLook | undefined;
  let isAway = false;
  for (let looks = 1; !signal.aborted; looks++) {
    try {
      last = await syncFolder(context, folder, { last, signal, onEvent });
      isAway = false;
    } catch (error) {
      if (signal.aborted) return;
      // A disk that is away, a database that restarts: the next look may find them. The first has to succeed.
      if (looks === 1 || once || !(error instanceof LoamError)) throw error;
      if (!isAway) onEvent({ type: "failed", path: folder, error }); // said once
      isAway = true;
    }
    if (once && looks === 2) return;
    await wait(lookMs, undefined, { signal }).catch(() => {});
  }
}
