import { asArray, asNumber, asText, type Json } from "../openai/wire.ts";
import type { Endpoint } from "../openai/wrap-openai.ts";
import type { MessagePart, ModelMessage, ModelResponse } from "../tracing/gen-ai.ts";

/** `POST /v1/messages`. Cached tokens, which Anthropic counts beside its input, are part of the input here. */
export const messagesEndpoint: Endpoint = {
  request: (body) => ({
    operation: "chat",
    model: asText(body.model) ?? "unknown",
    systemInstructions: body.system === undefined ? undefined : partsOf(body.system),
    messages: asArray(body.messages).map((message) => ({
      role: asText(message.role) ?? "user",
      parts: partsOf(message.content),
    })),
    tools: body.tools,
    stream: body.stream === true ? true : undefined,
    temperature: asNumber(body.temperature),
    topP: asNumber(body.top_p),
    topK: asNumber(body.top_k),
    maxTokens: asNumber(body.max_tokens),
    stopSequences: body.stop_sequences as string[] | undefined,
  }),

  response: (body) => ({
    id: asText(body.id),
    model: asText(body.model),
    finishReasons: asText(body.stop_reason) ? [String(body.stop_reason)] : undefined,
    messages: [
      {
        role: "assistant",
        parts: partsOf(body.content),
        finish_reason: asText(body.stop_reason),
      } satisfies ModelMessage,
    ],
    usage: usageOf(body.usage as Json | undefined),
  }),

  accumulate: () => {
    let head: Json = {};
    let usage: Json = {};
    const blocks: Json[] = [];
    return {
      add: (event) => {
        const index = asNumber(event.index) ?? 0;
        if (event.type === "message_start") {
          head = { ...(event.message as Json) };
          usage = { ...(head.usage as Json | undefined) };
        } else if (event.type === "content_block_start") blocks[index] = { ...(event.content_block as Json) };
        else if (event.type === "content_block_delta") addDelta((blocks[index] ??= {}), event.delta as Json);
        else if (event.type === "message_delta") {
          head = { ...head, ...(event.delta as Json) };
          usage = { ...usage, ...(event.usage as Json | undefined) };
        }
      },
      response: (): ModelResponse => messagesEndpoint.response({ ...head, content: blocks.filter(Boolean), usage }),
    };
  },
};

function addDelta(block: Json, delta: Json = {}): void {
  for (const field of ["text", "thinking", "partial_json"])
    if (typeof delta[field] === "string") block[field] = `${block[field] ?? ""}${delta[field]}`;
}

function partsOf(content: unknown): MessagePart[] {
  if (typeof content === "string") return [{ type: "text", content }];
  return asArray(content).map((block): MessagePart => {
    switch (block.type) {
      case "text":
        return { type: "text", content: String(block.text ?? "") };
      case "thinking":
        return { type: "reasoning", content: String(block.thinking ?? "") };
      case "tool_use":
        return {
          type: "tool_call",
          id: asText(block.id),
          name: String(block.name ?? ""),
          arguments: typeof block.partial_json === "string" ? readJson(block.partial_json) : block.input,
        };
      case "tool_result":
        return { type: "tool_call_response", id: asText(block.tool_use_id), response: block.content };
      case "image":
      case "document": {
        const source = (block.source ?? {}) as Json;
        return { type: "blob", modality: block.type, mime_type: asText(source.media_type) };
      }
      default:
        return { type: String(block.type) };
    }
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text || "{}") as unknown;
  } catch {
    return text; // the stream broke off inside
  }
}

function usageOf(usage: Json | undefined) {
  const count = (name: string) => asNumber(usage?.[name]);
  const [input, output] = [count("input_tokens"), count("output_tokens")];
  if (input === undefined && output === undefined) return undefined;
  const [read, write] = [count("cache_read_input_tokens"), count("cache_creation_input_tokens")];
  return {
    inputTokens: input === undefined ? undefined : input + (read ?? 0) + (write ?? 0),
    outputTokens: output,
    cacheReadTokens: read,
    cacheWriteTokens: write,
  };
}
