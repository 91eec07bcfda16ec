import { type StoredBatch, unixSeconds } from "@loam/platform";
import type { WireObject } from "../wire/wire-object.ts";

export function toBatchObject({ id, body, status, createdAt, metadata }: StoredBatch): WireObject {
  const { times, problems } = body;
  return {
    id,
    object: "batch" as const,
    endpoint: body.endpoint,
    errors: problems.length > 0 ? { object: "list", data: problems } : null,
    input_file_id: body.inputFileId,
    completion_window: "24h",
    status,
    output_file_id: body.outputFileId,
    error_file_id: body.errorFileId,
    created_at: unixSeconds(createdAt),
    in_progress_at: times.in_progress ?? null,
    expires_at: unixSeconds(createdAt) + 24 * 3600,
    finalizing_at: times.finalizing ?? null,
    completed_at: times.completed ?? null,
    failed_at: times.failed ?? null,
    expired_at: times.expired ?? null,
    cancelling_at: times.cancelling ?? null,
    cancelled_at: times.cancelled ?? null,
    request_counts: { total: body.total, completed: body.completed, failed: body.failed },
    metadata,
  };
}
