import { createRun, logToRun, updateRun } from "@loam/observe";
import type { RunStatus, Store } from "@loam/store";
import type { StoredJob } from "./types.ts";

/** Where the numbers of a job are also written: a run of this machine's own tracking server, which W&B's clients read. */
export interface WandbIntegration {
  type: "wandb";
  wandb: { project: string; name?: string | null; entity?: string | null; tags?: string[] };
}

const runStatuses: Readonly<Record<string, RunStatus>> = {
  succeeded: "finished",
  failed: "failed",
  cancelled: "cancelled",
};

/** The id of the run of a job's integration: W&B's ids are letters and digits. */
const runIdOf = ({ id }: StoredJob, place: number) => `${id.replaceAll("-", "")}${place === 0 ? "" : place}`;

/**
 * Begins the runs of a job's integrations, with what OpenAI's have: tags of the job and its base, and its hyperparameters.
 * What is there already stays.
 */
export async function beginRuns(store: Store, job: StoredJob): Promise<void> {
  const { body, createdAt } = job;
  const { n_epochs, batch_size, learning_rate_multiplier } = body.hyperparameters;
  for (const [place, { wandb }] of (body.integrations ?? []).entries()) {
    const tags = ["openai/finetune", `openai/${body.model}`, `openai/${job.id}`, ...(wandb.tags ?? [])];
    await createRun(store, {
      id: runIdOf(job, place),
      kind: "wandb",
      experiment: wandb.project,
      name: wandb.name ?? job.id,
      externalId: runIdOf(job, place),
      params: { model: body.model, training_file: body.trainingFile, n_epochs, batch_size, learning_rate_multiplier },
      startedAt: createdAt,
      origin: { tags, ...(wandb.entity && { entity: wandb.entity }) },
    });
  }
}

/** Writes the numbers of a step. */
export async function logStep(
  store: Store,
  job: StoredJob,
  step: number,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  const timeMs = Date.now();
  const points = Object.entries(values).map(([key, value]) => ({ key, step, timeMs, value }));
  for (const place of (job.body.integrations ?? []).keys()) await logToRun(store, runIdOf(job, place), { points });
}

/** Ends the runs of a job that has ended. */
export async function endRuns(store: Store, job: StoredJob): Promise<void> {
  const status = runStatuses[job.status];
  if (!status) return;
  const { error, fineTunedModel } = job.body;
  for (const place of (job.body.integrations ?? []).keys()) {
    await updateRun(store, runIdOf(job, place), {
      status,
      finishedAt: new Date(),
      ...(fineTunedModel && { summary: { fine_tuned_model: fineTunedModel } }),
      ...(error && { error: { code: error.code, message: error.message } }),
    });
  }
}
