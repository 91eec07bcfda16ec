import { setTimeout as sleep } from "node:timers/promises";
import { type OperationControls, operation } from "@loam/core";
import { openStore } from "@loam/store";
import { z } from "zod";
import { runWorker, workKind } from "../src/index.ts";

/** A worker beside the tests: counts to `to` with a checkpoint and an event at each number, slowly. */
export const count = operation({
  name: "count",
  summary: "Counts",
  lasts: "work",
  input: z.strictObject({ to: z.int().min(1).max(1000), everyMs: z.int().min(0).default(20) }),
  run: async (
    _: object,
    { to, everyMs },
    { signal, emit, progress, checkpoint }: OperationControls<{ type: "number"; n: number }>,
  ) => {
    const from = (checkpoint.value as number | undefined) ?? 0;
    for (let n = from + 1; n <= to; n++) {
      await sleep(everyMs, undefined, { signal });
      emit({ type: "number", n });
      progress({ task: "count", unit: "number", done: n, total: to });
      await checkpoint.write(n);
    }
    return { counted: to };
  },
});

if (process.argv[2]) {
  const store = await openStore(JSON.parse(process.argv[2]));
  const leaseSeconds = Number(process.argv[3] ?? 2);
  runWorker(store, [workKind(count, {}, { concurrency: 2, maxAttempts: 50 })], { leaseSeconds, pollMs: 100 });
  process.stdout.write("working\n");
}
