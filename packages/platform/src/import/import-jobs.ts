import type OpenAI from "openai";
import type {
  CheckpointBody,
  FineTuningJobBody,
  Hyperparameters,
  JobEventBody,
  ReinforcementFields,
} from "../fine-tuning/types.ts";
import { Collection } from "../objects/collection.ts";
import { type Account, dateOf, oldestFirst } from "./account.ts";
import type { Tally } from "./tally.ts";

type Job = OpenAI.FineTuning.FineTuningJob;
const over = ["succeeded", "failed", "cancelled"];

/** Fine-tuning jobs that have ended, with their events and checkpoints. The models they made stay with the account. */
export async function importJobs({ client, store, project, signal }: Account, tally: Tally): Promise<void> {
  const rows = new Collection<FineTuningJobBody>(store.db, "fine_tuning_job");
  const events = new Collection<JobEventBody>(store.db, "fine_tuning_event");
  const checkpoints = new Collection<CheckpointBody>(store.db, "fine_tuning_checkpoint");
  const { jobs } = client.fineTuning;
  for (const job of await oldestFirst(jobs.list({ limit: 100 }, { signal }))) {
    if (!over.includes(job.status)) {
      tally.leaveOut(job.id, `it is ${job.status}; import it when it has ended`);
      continue;
    }
    if (await rows.find(project, job.id)) {
      tally.note(false);
      continue;
    }
    for (const { id, created_at, level, message, type, data } of await oldestFirst(
      jobs.listEvents(job.id, { limit: 100 }, { signal }),
    )) {
      const hasData = type === "metrics" && typeof data === "object" && data !== null;
      await events.insertKnown({
        ...{ id, project, parentId: job.id, createdAt: dateOf(created_at) },
        body: { level, type: type ?? "message", message, data: hasData ? (data as Record<string, unknown>) : null },
      });
    }
    for (const one of await oldestFirst(jobs.checkpoints.list(job.id, { limit: 100 }, { signal }))) {
      const { id, created_at, fine_tuned_model_checkpoint: name, step_number: stepNumber, metrics } = one;
      await checkpoints.insertKnown({
        ...{ id, project, parentId: job.id, createdAt: dateOf(created_at) },
        body: { name, stepNumber, metrics: metrics as Record<string, number> },
      });
    }
    const isNew = await rows.insertKnown({
      ...{ id: job.id, project, status: job.status, createdAt: dateOf(job.created_at), body: toBody(job) },
      metadata: job.metadata ?? {},
    });
    tally.note(isNew);
  }
}

function toBody(job: Job): FineTuningJobBody {
  const type = job.method?.type ?? "supervised";
  const { beta, ...given } = (job.method?.[type]?.hyperparameters ??
    job.hyperparameters) as Partial<Hyperparameters> & {
    beta?: number | "auto";
  };
  const { n_epochs = "auto", batch_size = "auto", learning_rate_multiplier = "auto", ...more } = given;
  const error = job.error?.code ? { ...job.error, param: job.error.param ?? null } : null;
  return {
    ...{ model: job.model, trainingFile: job.training_file, validationFile: job.validation_file ?? null },
    hyperparameters: { n_epochs, batch_size, learning_rate_multiplier },
    ...(type !== "supervised" && { method: type }),
    ...(type === "dpo" && { beta: beta ?? "auto" }),
    ...(type === "reinforcement" && { reinforcement: toReinforcement(job.method!.reinforcement!, more) }),
    ...{ isLegacy: false, recipe: {}, seed: job.seed, suffix: suffixOf(job) },
    ...{ fineTunedModel: job.fine_tuned_model, resultFiles: job.result_files, trainedTokens: job.trained_tokens },
    ...{ target: "", isElsewhere: true, error, endedAt: job.finished_at, estimatedEndAt: null, workId: null },
  };
}

/** The client's types have not learned of it. */
const suffixOf = (job: Job): string | null =>
  (job as { user_provided_suffix?: string | null }).user_provided_suffix ?? null;

function toReinforcement(
  { grader }: NonNullable<NonNullable<Job["method"]>["reinforcement"]>,
  given: Partial<Omit<ReinforcementFields, "grader">>,
): ReinforcementFields {
  return {
    grader: grader as ReinforcementFields["grader"],
    ...{ compute_multiplier: "auto", eval_interval: "auto", eval_samples: "auto", reasoning_effort: "default" },
    ...given,
  };
}
