import { join } from "node:path";
import { LoamError, NotFoundError, UnavailableError } from "@loam/core";
import { getRun, type Run, storeRecorder } from "@loam/observe";
import type { Recipe } from "@loam/peft";
import type { Store } from "@loam/store";
import { toSent } from "./child.ts";
import { tuneFolders } from "./folders.ts";
import type { TrainingOrder } from "./training/messages.ts";
import { trainInChild } from "./training/train-in-child.ts";
import { requeueRuns, runKinds, tuneQueue } from "./tune-runs.ts";

/** Attempts at a run whose process is ended from outside, before it is given up. */
const attempts = 3;

/** A worker that can be stopped. */
export interface TuneWorker {
  /** Lets the run in hand write a checkpoint and puts it back in the queue, for whoever works next. */
  close(): Promise<void>;
}

/**
 * Works off the runs that wait, one after the other, each in a process of its own. A run that was interrupted is taken
 * up at its last checkpoint; one that fails for what is in it ends as `failed` at once.
 */
export async function runTuneWorker(store: Store): Promise<TuneWorker> {
  const closing = new AbortController();
  const worker = await store.jobs.work<{ run: string }>(tuneQueue, async ({ data, attempt, signal }) =>
    workOn(store, data.run, { attempt, signal: AbortSignal.any([signal, closing.signal]) }),
  );
  await requeueRuns(store);
  return {
    close: async () => {
      closing.abort();
      await worker.stop();
    },
  };
}

async function workOn(
  store: Store,
  id: string,
  { attempt, signal }: { attempt: number; signal: AbortSignal },
): Promise<void> {
  const run = await getRun(store, id).catch((error) => {
    if (error instanceof NotFoundError) return undefined; // deleted while it waited
    throw error;
  });
  if (!run || run.status === "cancelled" || run.status === "finished") return;
  const recorder = storeRecorder(store, { run: id });
  await recorder.start({ name: run.name, params: run.params });
  try {
    const outcome = await trainInChild(orderOf(store, run), recorder, { signal });
    if (outcome === "finished") return await recorder.finish({ status: "finished" });
  } catch (error) {
    const isOurs = error instanceof LoamError && !(error instanceof UnavailableError);
    if (!isOurs && attempt < attempts) {
      await recorder.release();
      throw error;
    }
    return await recorder.finish({ status: "failed", error: toSent(error) });
  }
  if ((await getRun(store, id)).status === "cancelled") return await recorder.finish({ status: "cancelled" });
  await recorder.release();
  throw new UnavailableError("worker", `was stopped while it worked on ${run.name}.`, {
    hint: "the run goes on from its checkpoint with the next worker",
  });
}

function orderOf(store: Store, { kind, params }: Run): Exclude<TrainingOrder, { type: "stop" }> {
  if (kind !== runKinds.pretrain) return { type: "tune", recipe: params as unknown as Recipe };
  const { name, steps } = params as { name: string; steps: number };
  return { type: "pretrain", folder: join(tuneFolders(store.home).models, name), steps };
}
