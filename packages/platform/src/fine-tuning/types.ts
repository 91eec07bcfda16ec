import type { Grader } from "../graders/types.ts";
import type { Stored } from "../objects/collection.ts";
import type { WandbIntegration } from "./tracked-run.ts";

/** `auto` until the rows are read; then numbers. */
export interface Hyperparameters {
  n_epochs: number | "auto";
  batch_size: number | "auto";
  learning_rate_multiplier: number | "auto";
}

/** How a job learns. */
export type JobMethod = "supervised" | "dpo" | "reinforcement";

/** What a job that learns from a grader's scores has besides; `auto` until the rows are read. */
export interface ReinforcementFields {
  grader: Grader;
  /** Answers to each row beside what is usual. */
  compute_multiplier: number | "auto";
  /** Steps from one evaluation to the next. */
  eval_interval: number | "auto";
  /** Answers to each row of an evaluation. */
  eval_samples: number | "auto";
  reasoning_effort: "default" | "low" | "medium" | "high";
}

interface JobError {
  code: string;
  message: string;
  param: string | null;
}

export interface FineTuningJobBody {
  model: string;
  trainingFile: string;
  validationFile: string | null;
  hyperparameters: Hyperparameters;
  /** Left out of jobs from before there were others: supervised. */
  method?: JobMethod;
  /** Of DPO: how dear it is to move away from the base. */
  beta?: number | "auto";
  /** Of reinforcement. */
  reinforcement?: ReinforcementFields;
  /** Whether the client used `hyperparameters` beside `method`, as before there were methods. */
  isLegacy: boolean;
  /** Fields of the trainer's recipe that the client has set (`method.supervised.recipe`, `method.dpo.recipe`, …). */
  recipe: Record<string, unknown>;
  seed: number;
  suffix: string | null;
  fineTunedModel: string | null;
  /** Where the base lies: what the registry calls its target. */
  target: string;
  /** What the base is kept under where it is a folder of the server's that workers on other machines do not have. */
  base?: string;
  resultFiles: string[];
  trainedTokens: number | null;
  error: JobError | null;
  /** Unix seconds. */
  endedAt: number | null;
  estimatedEndAt: number | null;
  workId: string | null;
  integrations?: WandbIntegration[];
  isDeleted?: boolean;
  /** Whether the job was done elsewhere: its model is not here. */
  isElsewhere?: boolean;
}

export interface JobEventBody {
  level: "info" | "warn" | "error";
  type: "message" | "metrics";
  message: string;
  data: Record<string, unknown> | null;
}

export interface CheckpointBody {
  name: string;
  stepNumber: number;
  metrics: Record<string, number>;
}

export interface PermissionBody {
  checkpoint: string;
  projectId: string;
}

export type StoredJob = Stored<FineTuningJobBody>;
export type StoredJobEvent = Stored<JobEventBody>;
export type StoredCheckpoint = Stored<CheckpointBody>;
export type StoredPermission = Stored<PermissionBody>;
