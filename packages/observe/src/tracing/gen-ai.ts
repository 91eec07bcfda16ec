import type { TokenUsage } from "../prices/prices.ts";
import { redact } from "../secrets/redact.ts";
import { type OpenSpan, openSpan } from "./span.ts";

/** A part of a message, as `gen_ai.input.messages` has it. Binary parts are described, never stored. */
export type MessagePart =
  | { type: "text"; content: string }
  | { type: "reasoning"; content: string }
  | { type: "tool_call"; id?: string; name: string; arguments: unknown }
  | { type: "tool_call_response"; id?: string; response: unknown }
  | { type: "blob"; modality: string; mime_type?: string; size_bytes?: number }
  | { type: "uri"; modality: string; uri: string }
  | { type: string; [key: string]: unknown };

export interface ModelMessage {
  role: string;
  parts: MessagePart[];
  finish_reason?: string;
}

/** What a model was asked. */
export interface ModelRequest {
  operation: "chat" | "text_completion" | "embeddings";
  /** `openai`, `anthropic`, `ollama`, `local`, …: `gen_ai.provider.name`. */
  provider: string;
  model: string;
  /** Base URL of the service; only its host and port are kept. */
  baseUrl?: string;
  messages?: ModelMessage[];
  systemInstructions?: MessagePart[];
  tools?: unknown;
  outputType?: "text" | "json";
  stream?: boolean;
  temperature?: number;
  topP?: number;
  topK?: number;
  maxTokens?: number;
  seed?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  stopSequences?: string[];
  choiceCount?: number;
  conversationId?: string;
  /** Texts to embed. */
  inputs?: unknown;
  attributes?: Record<string, unknown>;
}

/** What it answered. Everything is optional: what a provider does not say stays unsaid. */
export interface ModelResponse {
  id?: string;
  model?: string;
  finishReasons?: string[];
  messages?: ModelMessage[];
  usage?: TokenUsage;
  /** The usage was counted here, since the provider did not say it. */
  usageEstimated?: boolean;
  embeddingDimensions?: number;
}

/** The open span of one model call. */
export interface ModelSpan extends Omit<OpenSpan, "end"> {
  /** Call at the first piece of a streamed answer; later calls do nothing. */
  firstChunk(): void;
  /** Records what is known of the answer; may be called more than once before the span ends. */
  respond(response: ModelResponse): void;
  end(): void;
}

/**
 * Opens the span of a model call with the names of OpenTelemetry's GenAI conventions. The span's name is
 * `{operation} {model}`.
 */
export function openModelSpan(request: ModelRequest): ModelSpan {
  const span = openSpan(`${request.operation} ${request.model}`, {
    kind: request.operation === "embeddings" ? "embedding" : "llm",
    side: "client",
  });
  if (span.recording) span.set(requestAttributes(request));
  const startMs = performance.now();
  let chunkSeen = false;
  return {
    ...span,
    firstChunk: () => {
      if (chunkSeen) return;
      chunkSeen = true;
      span.set({ "gen_ai.response.time_to_first_chunk": (performance.now() - startMs) / 1000 });
    },
    respond: (response) => {
      if (span.recording) span.set(responseAttributes(response));
    },
  };
}

function requestAttributes(request: ModelRequest): Record<string, unknown> {
  return {
    "gen_ai.operation.name": request.operation,
    "gen_ai.provider.name": request.provider,
    "gen_ai.request.model": request.model,
    "gen_ai.request.temperature": request.temperature,
    "gen_ai.request.top_p": request.topP,
    "gen_ai.request.top_k": request.topK,
    "gen_ai.request.max_tokens": request.maxTokens,
    "gen_ai.request.seed": request.seed,
    "gen_ai.request.frequency_penalty": request.frequencyPenalty,
    "gen_ai.request.presence_penalty": request.presencePenalty,
    "gen_ai.request.stop_sequences": request.stopSequences,
    "gen_ai.request.choice.count": request.choiceCount,
    "gen_ai.request.stream": request.stream,
    "gen_ai.conversation.id": request.conversationId,
    "gen_ai.output.type": request.outputType,
    "gen_ai.system_instructions": asJson(request.systemInstructions),
    "gen_ai.input.messages": asJson(request.messages),
    "gen_ai.tool.definitions": asJson(request.tools),
    "input.value": request.inputs === undefined ? undefined : asJson(request.inputs),
    ...serverAttributes(request.baseUrl),
    ...request.attributes,
  };
}

function responseAttributes({
  id,
  model,
  finishReasons,
  messages,
  usage = {},
  usageEstimated,
  embeddingDimensions,
}: ModelResponse) {
  return {
    "loam.usage.estimated": usageEstimated,
    "gen_ai.response.id": id,
    "gen_ai.response.model": model,
    "gen_ai.response.finish_reasons": finishReasons,
    "gen_ai.output.messages": asJson(messages),
    "gen_ai.usage.input_tokens": usage.inputTokens,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cacheReadTokens,
    "gen_ai.usage.cache_write.input_tokens": usage.cacheWriteTokens,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoningTokens,
    "gen_ai.embeddings.dimension.count": embeddingDimensions,
  };
}

function asJson(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(redact(value));
}

function serverAttributes(baseUrl: string | undefined): Record<string, unknown> {
  if (!baseUrl || !URL.canParse(baseUrl)) return {};
  const { hostname, port, protocol } = new URL(baseUrl);
  return { "server.address": hostname, "server.port": Number(port) || (protocol === "https:" ? 443 : 80) };
}
