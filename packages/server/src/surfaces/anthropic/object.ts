import { type Answers, type FinishReason, randomLetters, type Usage } from "@loam/platform";

export const newMessageId = (): string => `msg_${randomLetters(24)}`;

/** Ids of calls as Anthropic spells them. */
export const toToolUseId = (id: string): string => (id.startsWith("toolu_") ? id : `toolu_${id.replace(/^call_/, "")}`);

export function toStopReason(reason: FinishReason, stoppedBy: string | undefined): string {
  if (stoppedBy !== undefined) return "stop_sequence";
  return { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use", content_filter: "refusal" }[reason];
}

export function toUsage({ promptTokens, cachedTokens, completionTokens }: Usage) {
  return {
    input_tokens: promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
    service_tier: "standard",
  };
}

/** A whole answer as a message. */
export function toMessage({ id, model }: { id: string; model: string }, { choices, usage }: Answers) {
  const { text, reasoning, calls, finishReason, stoppedBy } = choices[0]!;
  const content = [
    ...(reasoning ? [{ type: "thinking", thinking: reasoning, signature: "" }] : []),
    ...(text || calls.length === 0 ? [{ type: "text", text }] : []),
    ...calls.map((call) => ({ type: "tool_use", id: toToolUseId(call.id), name: call.name, input: parsed(call.text) })),
  ];
  return {
    ...{ id, type: "message" as const, role: "assistant" as const, model, content },
    stop_reason: toStopReason(finishReason, stoppedBy),
    stop_sequence: stoppedBy ?? null,
    usage: toUsage(usage),
  };
}

/** A call that was cut has no input that could be read. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
