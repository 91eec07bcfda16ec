import type { Answers, Call, Choice, FinishReason, TokenLogprob, Usage } from "@loam/platform";
import { version } from "../../../services/version.ts";
import type { ChatCompletionRequest } from "./schema.ts";

/** What all chunks and the whole completion share. */
export interface CompletionFacts {
  id: string;
  created: number;
  model: string;
  service_tier: "default";
  system_fingerprint: string;
}

export const systemFingerprint = `fp_loam_${version.replaceAll(".", "_")}`;

export function toCompletion(facts: CompletionFacts, { choices, usage }: Answers, request: ChatCompletionRequest) {
  return {
    ...facts,
    object: "chat.completion" as const,
    choices: choices.map((choice, index) => ({
      index,
      message: toMessage(choice, request.functions !== undefined),
      logprobs: request.logprobs ? { content: choice.logprobs.map(toWireLogprob), refusal: null } : null,
      finish_reason: toFinishReason(choice.finishReason, request.functions !== undefined),
    })),
    usage: toUsage(usage),
  };
}

/** @param legacy whether the functions were given in the old form, so that a call is `function_call`. */
function toMessage({ text, reasoning, refusal, calls }: Choice, legacy: boolean) {
  const content = text === "" && (calls.length > 0 || refusal !== "") ? null : text;
  const [call] = calls;
  return {
    role: "assistant" as const,
    content,
    refusal: refusal === "" ? null : refusal,
    annotations: [],
    ...(reasoning && { reasoning_content: reasoning }),
    ...(call &&
      (legacy ? { function_call: { name: call.name, arguments: call.text } } : { tool_calls: calls.map(toToolCall) })),
  };
}

function toToolCall({ id, kind, name, text }: Call) {
  return kind === "custom"
    ? { id, type: "custom" as const, custom: { name, input: text } }
    : { id, type: "function" as const, function: { name, arguments: text } };
}

export function toFinishReason(reason: FinishReason, legacy: boolean): FinishReason | "function_call" {
  return legacy && reason === "tool_calls" ? "function_call" : reason;
}

export function toWireLogprob({ token, logprob, bytes, top }: TokenLogprob) {
  return {
    token,
    logprob: logprob ?? 0,
    bytes,
    top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob, bytes: other.bytes })),
  };
}

export function toUsage({ promptTokens, cachedTokens, completionTokens, reasoningTokens }: Usage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
