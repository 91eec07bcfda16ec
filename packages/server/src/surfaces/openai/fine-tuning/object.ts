import {
  type StoredCheckpoint,
  type StoredJob,
  type StoredJobEvent,
  type StoredPermission,
  unixSeconds,
} from "@loam/platform";
import type { WireObject } from "../wire/wire-object.ts";

export function toJobObject({ id, createdAt, status, body, metadata }: StoredJob): WireObject {
  const { hyperparameters } = body;
  return {
    id,
    object: "fine_tuning.job" as const,
    created_at: unixSeconds(createdAt),
    error: body.error,
    fine_tuned_model: body.fineTunedModel,
    finished_at: body.endedAt,
    hyperparameters,
    model: body.model,
    organization_id: "org-loam",
    result_files: body.resultFiles,
    status,
    trained_tokens: body.trainedTokens,
    training_file: body.trainingFile,
    validation_file: body.validationFile,
    integrations: body.integrations ?? [],
    seed: body.seed,
    estimated_finish: body.estimatedEndAt,
    method: methodOf(body),
    user_provided_suffix: body.suffix,
    usage_metrics: null,
    shared_with_openai: false,
    metadata,
  };
}

function methodOf({ method, hyperparameters, beta, reinforcement }: StoredJob["body"]) {
  if (reinforcement) {
    const { grader, ...own } = reinforcement;
    return { type: "reinforcement", reinforcement: { grader, hyperparameters: { ...hyperparameters, ...own } } };
  }
  return method === "dpo"
    ? { type: "dpo", dpo: { hyperparameters: { ...hyperparameters, beta: beta ?? "auto" } } }
    : { type: "supervised", supervised: { hyperparameters } };
}

export function toEventObject({ id, createdAt, body }: StoredJobEvent) {
  return {
    id,
    object: "fine_tuning.job.event" as const,
    created_at: unixSeconds(createdAt),
    level: body.level,
    message: body.message,
    type: body.type,
    data: body.data ?? {},
  };
}

export function toCheckpointObject({ id, parentId, createdAt, body }: StoredCheckpoint) {
  return {
    id,
    object: "fine_tuning.job.checkpoint" as const,
    created_at: unixSeconds(createdAt),
    fine_tuned_model_checkpoint: body.name,
    fine_tuning_job_id: parentId,
    step_number: body.stepNumber,
    metrics: body.metrics,
  };
}

export function toPermissionObject({ id, createdAt, body }: StoredPermission) {
  return {
    id,
    object: "checkpoint.permission" as const,
    created_at: unixSeconds(createdAt),
    project_id: body.projectId,
  };
}
