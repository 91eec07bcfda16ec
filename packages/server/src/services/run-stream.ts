import { getRun, type Run, runTextsOf } from "@loam/observe";
import type { Store } from "@loam/store";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";

/** How often a run is looked at while somebody watches it: another process may work on it. */
const lookEveryMs = 700;
const heartbeatEveryMs = 15_000;

/** A run now, and again whenever it has moved on or has new samples, until it has ended. */
export function streamRun(c: Context, store: Store, id: string, toEvent: (run: Run) => Promise<unknown>): Response {
  c.header("X-Accel-Buffering", "no");
  return streamSSE(c, async (out) => {
    const gone = new Promise<void>((resolve) => out.onAbort(resolve));
    let before = "";
    let quietMs = 0;
    while (!out.aborted) {
      const run = await getRun(store, id).catch(() => undefined);
      if (!run) return; // deleted
      const texts = (await runTextsOf(store, id)).length;
      const now = JSON.stringify([run, texts]);
      if (now !== before) {
        before = now;
        quietMs = 0;
        await out.writeSSE({ data: JSON.stringify(await toEvent(run)) });
      }
      if (run.status !== "queued" && run.status !== "running") {
        await out.writeSSE({ event: "end", data: "{}" });
        return;
      }
      quietMs += lookEveryMs;
      if (quietMs % heartbeatEveryMs < lookEveryMs) await out.write(": still here\n\n");
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, lookEveryMs))]);
    }
  });
}
