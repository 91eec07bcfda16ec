import type { Stored } from "../objects/collection.ts";

export const batchEndpoints = ["/v1/responses", "/v1/chat/completions", "/v1/embeddings", "/v1/completions"] as const;

export type BatchEndpoint = (typeof batchEndpoints)[number];

export type BatchStatus =
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "expired"
  | "cancelling"
  | "cancelled";

/** What is wrong with a line of the input. */
export interface BatchProblem {
  code: string;
  message: string;
  param: string | null;
  /** From 1. */
  line: number | null;
}

export interface BatchBody {
  inputFileId: string;
  endpoint: BatchEndpoint;
  outputLifeSeconds?: number;
  outputFileId: string | null;
  errorFileId: string | null;
  problems: BatchProblem[];
  total: number;
  /** Counted anew while it runs. */
  completed: number;
  failed: number;
  /** Unix seconds of each status that it has had. */
  times: Partial<Record<BatchStatus, number>>;
  workId: string | null;
}

/** A request of a batch and what it was answered with; its key is the `custom_id`. */
export interface BatchLineBody {
  statusCode: number;
  requestId: string;
  answer: unknown;
}

export type StoredBatch = Stored<BatchBody>;

/** One request, as a line of the input has it. */
export interface BatchRequest {
  customId: string;
  url: BatchEndpoint;
  body: Record<string, unknown>;
}

/** Answers a request as the server would. */
export type AnswerRequest = (
  project: string,
  request: { url: BatchEndpoint; body: Record<string, unknown> },
  options: { signal?: AbortSignal },
) => Promise<{ statusCode: number; requestId: string; answer: unknown }>;
