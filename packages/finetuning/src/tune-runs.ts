import { basename } from "node:path";
import { InputError } from "@loam/core";
import { deleteRun, getRun, listRuns, queueRun, type Run, setRunTags, settleRun } from "@loam/observe";
import type { Store } from "@loam/store";
import { parseVideoRecipe } from "@loam/video";
import { cancelWork, settledWork, startWork } from "@loam/work";
import { requireFree, resolveDraft, toDraft } from "./draft.ts";
import { folderName, type TuneFolders } from "./folders.ts";
import { runKinds } from "./run-kinds.ts";
import { smallBaseSteps } from "./small-base/small-base.ts";
import { trainOperation } from "./train-operation.ts";
import { resolveVideoDraft } from "./video-draft.ts";
import { requireNewVideoModel } from "./video-models.ts";

/** What the small base is called. */
const smallBaseName = "loam-small";

/**
 * Accepts a fine-tune durably; a worker takes it up.
 *
 * @param draft see {@link resolveDraft}
 */
export async function startTuneRun(store: Store, folders: TuneFolders, draft: unknown): Promise<Run> {
  const recipe = await resolveDraft(folders, draft, { fetch: "later" });
  await requireFree(folders, recipe);
  const adapter = recipe.output.slice(folders.adapters.length + 1);
  await requireIdle(store, { adapter }, adapter);
  const run = await queueRun(store, {
    kind: runKinds.tune,
    name: adapter,
    experiment: "fine-tuning",
    params: toDraft(folders, recipe),
    tags: { adapter },
  });
  return await enqueue(store, run);
}

/**
 * Accepts the training of a video model durably; a worker takes it up.
 *
 * @param draft see {@link resolveVideoDraft}
 */
export async function startVideoRun(store: Store, folders: TuneFolders, draft: unknown): Promise<Run> {
  const { recipe } = await resolveVideoDraft(folders, draft);
  const model = basename(recipe.output);
  await requireIdle(store, { model }, model);
  await requireNewVideoModel(folders, recipe);
  const run = await queueRun(store, {
    kind: runKinds.video,
    name: model,
    experiment: "video",
    // What it names stays named: whoever trains has paths of its own.
    params: { ...recipe, output: model, data: parseVideoRecipe(draft).data },
    tags: { model },
  });
  return await enqueue(store, run);
}

/** Accepts the making of a small base model, for where none can be had. */
export async function startSmallBase(store: Store, { steps = smallBaseSteps }: { steps?: number } = {}): Promise<Run> {
  const base = `home/${smallBaseName}`;
  await requireIdle(store, { base }, smallBaseName);
  const run = await queueRun(store, {
    kind: runKinds.pretrain,
    name: smallBaseName,
    experiment: "fine-tuning",
    params: { name: folderName(smallBaseName), steps },
    tags: { base },
  });
  return await enqueue(store, run);
}

/** Ends a run that waits or is worked on, after a checkpoint. One that has ended stays as it is. */
export async function cancelTuneRun(store: Store, id: string): Promise<Run> {
  const run = await getRun(store, id);
  requireQueued(run);
  await settleRun(store, id, { from: ["queued", "running"], to: "cancelled" });
  await cancelWork(store, run.tags.job!);
  return await getRun(store, id);
}

/** Puts a run back in the queue, to go on from its last checkpoint. @throws {InputError} `not_stopped`. */
export async function resumeTuneRun(store: Store, id: string): Promise<Run> {
  const run = await getRun(store, id);
  const stopped = run.status === "failed" || run.status === "cancelled" || run.status === "interrupted";
  if (!stopped) {
    throw new InputError("not_stopped", `The run ${run.name} is ${run.status}: there is nothing to resume.`, {
      details: { status: run.status },
      hint: "only an interrupted, paused, cancelled or failed run goes on; start a new one",
    });
  }
  requireQueued(run);
  // A worker that was told to stop writes a checkpoint first: the run goes on from that one.
  await cancelWork(store, run.tags.job!);
  await settledWork(store, run.tags.job!, { signal: AbortSignal.timeout(60_000) });
  await settleRun(store, id, { from: ["failed", "cancelled", "running"], to: "queued" });
  return await enqueue(store, run);
}

/** Deletes the record of a run that has ended; its adapter stays. @throws {InputError} `still_running`. */
export async function deleteTuneRun(store: Store, id: string): Promise<void> {
  const { status, name } = await getRun(store, id);
  if (status === "queued" || status === "running")
    throw new InputError("still_running", `The run ${name} is ${status}.`, { hint: "cancel it first" });
  await deleteRun(store, id);
}

/** Sends the runs to the queue that wait or were interrupted and have no job there, as after a crash. */
export async function requeueRuns(store: Store): Promise<void> {
  for (const kind of Object.values(runKinds))
    for (const run of await listRuns(store, { kind, limit: 1000 }))
      if (run.status === "queued" || (run.status === "interrupted" && run.tags.job)) await enqueue(store, run);
}

/** Runs of the command line are recorded here too, but worked on there. */
function requireQueued({ name, tags }: Run): void {
  if (tags.job) return;
  throw new InputError("started_elsewhere", `The run ${name} was started on the command line.`, {
    details: { name },
    hint: "stop it there with Ctrl-C; the same command resumes it",
  });
}

/** @returns the run as it was accepted: a worker may have it already. */
async function enqueue(store: Store, { id }: Run): Promise<Run> {
  const run = await getRun(store, id);
  const job = await startWork(store, trainOperation, { run: id }, { name: run.name, key: id });
  await setRunTags(store, id, { job: job.id });
  return { ...run, tags: { ...run.tags, job: job.id } };
}

async function requireIdle(store: Store, tags: Record<string, string>, name: string): Promise<void> {
  const busy = (await listRuns(store, { tags })).find(({ status }) => status === "queued" || status === "running");
  if (busy)
    throw new InputError("name_taken", `A run named ${JSON.stringify(name)} is ${busy.status}.`, {
      details: { name, run: busy.id },
      hint: "wait for it, cancel it, or choose another name",
    });
}
