import { type StoredMessage, type StoredRun, type StoredStep, type StoredThread, unixSeconds } from "@loam/platform";
import type { WireObject } from "../wire/wire-object.ts";

export function toThreadObject({ id, createdAt, body, metadata }: StoredThread) {
  return {
    id,
    object: "thread" as const,
    created_at: unixSeconds(createdAt),
    tool_resources: body.toolResources,
    metadata,
  };
}

export function toMessageObject({ id, parentId, createdAt, status, body, metadata }: StoredMessage): WireObject {
  return {
    id,
    object: "thread.message" as const,
    created_at: unixSeconds(createdAt),
    thread_id: parentId,
    status,
    incomplete_details: body.incompleteReason ? { reason: body.incompleteReason } : null,
    completed_at: status === "completed" ? body.endedAt : null,
    incomplete_at: status === "incomplete" ? body.endedAt : null,
    role: body.role,
    content: body.content,
    assistant_id: body.assistantId,
    run_id: body.runId,
    attachments: body.attachments,
    metadata,
  };
}

export function toRunObject({ id, parentId, createdAt, expiresAt, status, body, metadata }: StoredRun): WireObject {
  const isOver = ["completed", "incomplete", "failed", "cancelled", "expired"].includes(status);
  const endedIn = (...statuses: string[]) => (statuses.includes(status) ? body.endedAt : null);
  return {
    id,
    object: "thread.run" as const,
    created_at: unixSeconds(createdAt),
    thread_id: parentId,
    assistant_id: body.assistantId,
    status,
    required_action:
      status === "requires_action" && body.requiredCalls
        ? { type: "submit_tool_outputs", submit_tool_outputs: { tool_calls: body.requiredCalls } }
        : null,
    last_error: body.lastError,
    expires_at: isOver ? null : unixSeconds(expiresAt),
    started_at: body.startedAt,
    cancelled_at: endedIn("cancelled"),
    failed_at: endedIn("failed", "expired"),
    completed_at: endedIn("completed", "incomplete"),
    incomplete_details: body.incompleteReason ? { reason: body.incompleteReason } : null,
    model: body.model,
    instructions: body.instructions,
    tools: body.tools,
    metadata,
    usage: isOver ? body.usage : null,
    temperature: body.temperature ?? 1,
    top_p: body.topP ?? 1,
    max_prompt_tokens: body.maxPromptTokens,
    max_completion_tokens: body.maxCompletionTokens,
    truncation_strategy: body.truncation,
    tool_choice: body.toolChoice,
    parallel_tool_calls: body.parallelToolCalls,
    response_format: body.responseFormat,
    reasoning_effort: body.reasoningEffort,
  };
}

/** @param options.includeResults whether what a file search found is shown, which is asked for with `include[]` */
export function toStepObject(
  { id, parentId, createdAt, status, body, metadata }: StoredStep,
  { includeResults = false }: { includeResults?: boolean } = {},
): WireObject {
  const endedIn = (ended: string) => (status === ended ? body.endedAt : null);
  return {
    id,
    object: "thread.run.step" as const,
    created_at: unixSeconds(createdAt),
    assistant_id: body.assistantId,
    thread_id: body.threadId,
    run_id: parentId,
    type: body.details.type,
    status,
    step_details: toDetails(body.details, includeResults),
    last_error: body.lastError,
    expired_at: endedIn("expired"),
    cancelled_at: endedIn("cancelled"),
    failed_at: endedIn("failed"),
    completed_at: endedIn("completed"),
    metadata,
    usage: body.usage,
  };
}

function toDetails(details: StoredStep["body"]["details"], includeResults: boolean) {
  if (details.type === "message_creation") return details;
  const calls = details.tool_calls.map((call) => {
    if (call.type === "function") return call;
    const results = call.file_search.results.map(({ content, ...result }) =>
      includeResults ? { ...result, content } : result,
    );
    return { ...call, file_search: { ...call.file_search, results } };
  });
  return { type: "tool_calls" as const, tool_calls: calls };
}
