import { join } from "node:path";
import { LoamError, NotFoundError, operation, UnavailableError } from "@loam/core";
import { getRun, type Run, storeRecorder } from "@loam/observe";
import type { Recipe } from "@loam/peft";
import type { Store } from "@loam/store";
import type { VideoRecipe } from "@loam/video";
import type { WorkControls } from "@loam/work";
import { z } from "zod";
import { toSent } from "./child/child.ts";
import { tuneFolders } from "./folders.ts";
import { runKinds } from "./run-kinds.ts";
import type { TrainingOrder } from "./training/messages.ts";
import { trainInChild } from "./training/train-in-child.ts";

/** Attempts at a run whose process is ended from outside, before it is given up. */
export const trainAttempts = 3;

export const trainOperation = operation({
  name: "train",
  summary: "Train what a run says, in a process of its own",
  description: "Goes on at the last checkpoint. A run that fails for what is in it ends as `failed` at once.",
  lasts: "work",
  input: z.strictObject({ run: z.string().min(1).max(200).describe("id of a run that was accepted") }),
  run: async (store: Store, { run: id }, controls) => {
    const run = await getRun(store, id).catch((error) => {
      if (error instanceof NotFoundError) return undefined; // deleted while it waited
      throw error;
    });
    if (!run || run.status === "cancelled" || run.status === "finished") return { run: id, trained: false };
    await train(store, run, controls as WorkControls);
    return { run: id, trained: true };
  },
});

async function train(store: Store, run: Run, { signal, progress, work }: WorkControls): Promise<void> {
  const recorder = storeRecorder(store, { run: run.id });
  await recorder.start({ name: run.name, params: run.params });
  const told = {
    ...recorder,
    progress: (event: Parameters<typeof progress>[0]) => {
      recorder.progress(event);
      progress(event);
    },
  };
  try {
    const outcome = await trainInChild(orderOf(store, run), told, { signal });
    if (outcome === "finished") return await recorder.finish({ status: "finished" });
  } catch (error) {
    const isOurs = error instanceof LoamError && !(error instanceof UnavailableError);
    if (isOurs || work.attempts >= trainAttempts) await recorder.finish({ status: "failed", error: toSent(error) });
    else await recorder.release();
    throw error;
  }
  if ((await getRun(store, run.id)).status === "cancelled") await recorder.finish({ status: "cancelled" });
  else await recorder.release();
  throw new UnavailableError("worker", `was stopped while it worked on ${run.name}.`, {
    hint: "the run goes on from its checkpoint with the next worker",
  });
}

function orderOf(store: Store, { kind, params }: Run): Exclude<TrainingOrder, { type: "stop" }> {
  if (kind === runKinds.video) return { type: "video", recipe: params as unknown as VideoRecipe };
  if (kind !== runKinds.pretrain) return { type: "tune", recipe: params as unknown as Recipe };
  const { name, steps } = params as { name: string; steps: number };
  return { type: "pretrain", folder: join(tuneFolders(store.home).models, name), steps };
}
