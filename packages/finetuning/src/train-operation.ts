import { basename, isAbsolute, join } from "node:path";
import { LoamError, NotFoundError, operation, UnavailableError } from "@loam/core";
import { getRun, type Run, storeRecorder } from "@loam/observe";
import type { Recipe } from "@loam/peft";
import type { Store } from "@loam/store";
import type { VideoRecipe } from "@loam/video";
import type { WorkControls } from "@loam/work";
import { z } from "zod";
import { shelveAdapter } from "./adapters.ts";
import { baseIdOf, shelveBase } from "./bases.ts";
import { toSent } from "./child/child.ts";
import { resolveDraft } from "./draft.ts";
import { type TuneFolders, tuneFolders } from "./folders.ts";
import { runKinds } from "./run-kinds.ts";
import { forgetTraining, KeptTraining } from "./training/kept-training.ts";
import type { WorkOrder } from "./training/messages.ts";
import { trainInChild } from "./training/train-in-child.ts";
import { resolveVideoDraft } from "./video-draft.ts";
import { shelveVideoModel } from "./video-models.ts";

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
  const folders = tuneFolders(store);
  try {
    const order = await orderOf(folders, run);
    const kept = new KeptTraining(store, outputOf(order));
    await kept.start();
    let outcome: Awaited<ReturnType<typeof trainInChild>> | undefined;
    try {
      outcome = await trainInChild(order, told, { signal });
    } finally {
      await kept.stop({ keep: outcome === "finished" ? "nothing" : "last" });
    }
    if (outcome === "finished") {
      await shelveResult(folders, run, outputOf(order));
      return await recorder.finish({ status: "finished" });
    }
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

/** What is to be done, with what it names fetched to this machine. */
async function orderOf(folders: TuneFolders, { kind, params }: Run): Promise<WorkOrder> {
  const places = { [folders.store.home]: "home" };
  if (kind === runKinds.pretrain) {
    const { name, steps } = params as { name: string; steps: number };
    return { type: "pretrain", folder: join(folders.models, name), steps };
  }
  // Runs that an older Loam accepted name paths of their machine.
  const isResolved = isAbsolute(String(params.output));
  if (kind === runKinds.video) {
    const recipe = isResolved ? (params as unknown as VideoRecipe) : (await resolveVideoDraft(folders, params)).recipe;
    return { type: "video", recipe };
  }
  const recipe = isResolved ? (params as unknown as Recipe) : await resolveDraft(folders, params);
  return { type: "tune", recipe, places };
}

const outputOf = (order: WorkOrder): string => (order.type === "pretrain" ? order.folder : order.recipe.output);

/** What training has made belongs to all machines; its checkpoints are of no more use. */
async function shelveResult(folders: TuneFolders, { kind, params }: Run, output: string): Promise<void> {
  const name = basename(output);
  if (kind === runKinds.pretrain) await shelveBase(folders, name);
  else if (kind === runKinds.video) await shelveVideoModel(folders, name);
  else await shelveAdapter(folders, name, { base: baseIdOf(folders, String(params.model)) });
  await forgetTraining(folders.store, output);
}
