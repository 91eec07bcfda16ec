import type {
  JSONSchema7,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { CustomInput, customParameters } from "./custom-input.ts";
import type { FinishReason, GenerationEvent, Usage } from "./event.ts";
import { merge } from "./merge.ts";
import { textOf } from "./message-text.ts";
import type { ContentPart, GenerationRequest, Message, Tool } from "./request.ts";

/** Generates with a model behind an API, through the AI SDK: no token probabilities, one request for each choice. */
export function generateRemotely(
  model: LanguageModelV4,
  request: GenerationRequest,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<GenerationEvent> {
  const choices = Array.from({ length: request.n ?? 1 }, (_, choice) => oneChoice(model, request, choice, signal));
  return choices.length === 1 ? choices[0]! : merge(choices);
}

async function* oneChoice(
  model: LanguageModelV4,
  request: GenerationRequest,
  choice: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<GenerationEvent> {
  const { stream } = await model.doStream(toCall(request, choice, signal));
  const calls = new Map<string, { call: number; custom?: CustomInput }>();
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value: part } = await reader.read();
      if (done) return;
      if (part.type === "error") throw part.error;
      if (part.type === "text-delta") yield { choice, type: "text", text: part.delta };
      else if (part.type === "reasoning-delta") yield { choice, type: "reasoning", text: part.delta };
      else if (part.type === "tool-input-start") yield* openCall(part.id, part.toolName);
      else if (part.type === "tool-input-delta") yield* extendCall(part.id, part.delta);
      else if (part.type === "tool-call") {
        // Some providers give whole calls only.
        if (!calls.has(part.toolCallId)) {
          yield* openCall(part.toolCallId, part.toolName);
          yield* extendCall(part.toolCallId, part.input);
        }
        yield { choice, type: "call-end", call: calls.get(part.toolCallId)!.call };
      } else if (part.type === "finish") {
        const reason = toReason(part.finishReason.unified);
        yield { choice, type: "finish", reason, usage: toUsage(part.usage) };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }

  function* openCall(id: string, name: string): Generator<GenerationEvent> {
    const kind = request.tools?.find((tool) => tool.name === name)?.type ?? "function";
    const call = { call: calls.size, custom: kind === "custom" ? new CustomInput() : undefined };
    calls.set(id, call);
    yield { choice, type: "call-start", call: call.call, id, name, kind };
  }

  function* extendCall(id: string, json: string): Generator<GenerationEvent> {
    const { call, custom } = calls.get(id)!;
    const text = custom ? custom.push(json) : json;
    if (text) yield { choice, type: "call-delta", call, text };
  }
}

function toReason(unified: string): FinishReason {
  if (unified === "tool-calls") return "tool_calls";
  if (unified === "content-filter") return "content_filter";
  return unified === "length" ? "length" : "stop";
}

function toUsage({ inputTokens, outputTokens }: LanguageModelV4Usage): Usage {
  return {
    promptTokens: inputTokens.total ?? 0,
    cachedTokens: inputTokens.cacheRead ?? 0,
    completionTokens: outputTokens.total ?? 0,
    reasoningTokens: outputTokens.reasoning ?? 0,
  };
}

function toCall(request: GenerationRequest, choice: number, abortSignal?: AbortSignal): LanguageModelV4CallOptions {
  const { responseFormat: format, toolChoice = "auto" } = request;
  const offered =
    typeof toolChoice === "object" && "allowed" in toolChoice
      ? request.tools?.filter(({ name }) => toolChoice.allowed.includes(name))
      : request.tools;
  return {
    prompt: request.messages.flatMap((message, i) => toMessage(message, i, request.messages)),
    maxOutputTokens: request.maxTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    frequencyPenalty: request.frequencyPenalty,
    presencePenalty: request.presencePenalty,
    stopSequences: request.stop ? [...request.stop] : undefined,
    seed: request.seed === undefined ? undefined : request.seed + choice,
    responseFormat:
      !format || format.type === "text"
        ? undefined
        : {
            type: "json",
            ...(format.type === "json_schema" && { schema: format.schema as JSONSchema7, name: format.name }),
          },
    tools: offered?.length ? offered.map(toTool) : undefined,
    toolChoice: !offered?.length ? undefined : toToolChoice(toolChoice),
    abortSignal,
  };
}

function toToolChoice(choice: NonNullable<GenerationRequest["toolChoice"]>): LanguageModelV4CallOptions["toolChoice"] {
  if (typeof choice === "string") return { type: choice };
  return "name" in choice ? { type: "tool", toolName: choice.name } : { type: choice.mode };
}

function toTool(tool: Tool): NonNullable<LanguageModelV4CallOptions["tools"]>[number] {
  const schema = tool.type === "custom" ? customParameters(undefined) : (tool.parameters ?? { type: "object" });
  const strict = tool.type === "function" ? tool.strict : undefined;
  return { type: "function", name: tool.name, description: tool.description, inputSchema: schema, strict };
}

function toMessage(message: Message, index: number, all: readonly Message[]): LanguageModelV4Message[] {
  const at = `messages[${index}]`;
  switch (message.role) {
    case "developer":
    case "system":
      return [{ role: "system", content: textOf(message, at) }];
    case "user":
      return [{ role: "user", content: userContent(message.content) }];
    case "assistant":
      return [
        {
          role: "assistant",
          content: [
            ...(message.reasoning_content ? [{ type: "reasoning" as const, text: message.reasoning_content }] : []),
            ...(textOf(message, at) ? [{ type: "text" as const, text: textOf(message, at) }] : []),
            ...(message.tool_calls ?? []).map((call) => ({
              type: "tool-call" as const,
              toolCallId: call.id,
              toolName: call.type === "custom" ? call.custom.name : call.function.name,
              input: call.type === "custom" ? { input: call.custom.input } : parsed(call.function.arguments),
            })),
          ],
        },
      ];
    default: {
      const calls = all.flatMap((earlier) => earlier.tool_calls ?? []);
      const call = calls.find(({ id }) => id === message.tool_call_id);
      const toolName = !call ? (message.name ?? "") : call.type === "custom" ? call.custom.name : call.function.name;
      const output = { type: "text" as const, value: textOf(message, at) };
      return [
        { role: "tool", content: [{ type: "tool-result", toolCallId: message.tool_call_id ?? "", toolName, output }] },
      ];
    }
  }
}

function userContent(content: Message["content"]) {
  if (typeof content === "string" || !content) return [{ type: "text" as const, text: content ?? "" }];
  return content.map((part: ContentPart, i) => {
    if (part.type !== "image_url") return { type: "text" as const, text: textOf({ content: [part] }, `content[${i}]`) };
    const { url } = part.image_url;
    const inline = /^data:([^;,]+);base64,(.*)$/s.exec(url);
    const data = inline ? { type: "data" as const, data: inline[2]! } : { type: "url" as const, url: new URL(url) };
    return { type: "file" as const, mediaType: inline?.[1] ?? "image/*", data };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
