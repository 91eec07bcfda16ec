import { type MessagePart, type ModelMessage, type ModelRequest, openModelSpan } from "@loam/observe";
import { Answers } from "./collect.ts";
import type { GenerationEvent } from "./event.ts";
import type { CompletionRequest, GenerationRequest, Message } from "./request.ts";

/** Passes the events of a local model on, and keeps them as a span with OpenTelemetry's names for model calls. */
export async function* traced(
  request: GenerationRequest | CompletionRequest,
  events: AsyncGenerator<GenerationEvent>,
): AsyncGenerator<GenerationEvent> {
  const { model, n = 1 } = request;
  const span = openModelSpan(describe(request));
  const answers = new Answers(n);
  let isWhole = false;
  try {
    for (;;) {
      const { done, value } = await span.run(() => events.next());
      if (done) break;
      span.firstChunk();
      if (span.recording) answers.add(value);
      yield value;
    }
    isWhole = true;
  } catch (error) {
    span.fail(error);
    isWhole = true; // and says why
    throw error;
  } finally {
    // First of all: what the model holds is given back, whatever becomes of the span.
    try {
      await events.return(undefined);
    } finally {
      if (!isWhole) span.event("cancelled");
      const { promptTokens, cachedTokens, completionTokens, reasoningTokens } = answers.usage;
      span.respond({
        model,
        finishReasons: answers.choices.map(({ finishReason }) => finishReason),
        messages: answers.choices.map(toAnswer),
        usage: {
          inputTokens: promptTokens,
          outputTokens: completionTokens,
          cacheReadTokens: cachedTokens,
          reasoningTokens,
        },
      });
      span.end();
    }
  }
}

function describe(request: GenerationRequest | CompletionRequest): ModelRequest {
  const { model, temperature, topP, topK, maxTokens, seed, frequencyPenalty, presencePenalty, stop, n } = request;
  const sampling = { temperature, topP, topK, maxTokens, seed, frequencyPenalty, presencePenalty, choiceCount: n };
  const common = { provider: "local", model, ...sampling, stopSequences: stop && [...stop] };
  if ("prompt" in request) {
    const { prompt } = request;
    const content = typeof prompt === "string" ? prompt : `${prompt.length} tokens`;
    const messages = [{ role: "user", parts: [{ type: "text" as const, content }] }];
    return { ...common, operation: "text_completion", messages };
  }
  const { messages, tools, responseFormat } = request;
  const isSystem = ({ role }: Message) => role === "system" || role === "developer";
  return {
    ...common,
    operation: "chat",
    messages: messages.filter((message) => !isSystem(message)).map(toTold),
    systemInstructions: messages.filter(isSystem).flatMap(({ content }) => partsOf(content)),
    ...(tools?.length ? { tools } : {}),
    ...(responseFormat && { outputType: responseFormat.type === "text" ? ("text" as const) : ("json" as const) }),
  };
}

function toTold({ role, content, tool_calls = [], tool_call_id, reasoning_content }: Message): ModelMessage {
  if (role === "tool") return { role, parts: [{ type: "tool_call_response", id: tool_call_id, response: content }] };
  const reasoning: MessagePart[] = reasoning_content ? [{ type: "reasoning", content: reasoning_content }] : [];
  const calls = tool_calls.map((call): MessagePart => {
    return call.type === "custom"
      ? { type: "tool_call", id: call.id, name: call.custom.name, arguments: call.custom.input }
      : { type: "tool_call", id: call.id, name: call.function.name, arguments: parsed(call.function.arguments) };
  });
  return { role, parts: [...reasoning, ...partsOf(content), ...calls] };
}

/** Pictures, files and sound are said to be there, and not kept. */
function partsOf(content: Message["content"]): MessagePart[] {
  if (content === null || content === undefined) return [];
  if (typeof content === "string") return [{ type: "text", content }];
  return content.map((part): MessagePart => {
    if (part.type === "text") return { type: "text", content: part.text };
    if (part.type === "refusal") return { type: "text", content: part.refusal };
    return { type: "blob", modality: part.type === "image_url" ? "image" : part.type === "file" ? "file" : "audio" };
  });
}

function toAnswer({ text, reasoning, refusal, calls, finishReason }: Answers["choices"][number]): ModelMessage {
  const parts: MessagePart[] = [
    ...(reasoning ? [{ type: "reasoning" as const, content: reasoning }] : []),
    ...(text || refusal ? [{ type: "text" as const, content: text || refusal }] : []),
    ...calls.map(({ id, name, kind, text: said }): MessagePart => {
      return { type: "tool_call", id, name, arguments: kind === "function" ? parsed(said) : said };
    }),
  ];
  return { role: "assistant", parts, finish_reason: finishReason };
}

/** Arguments that were cut by length stay text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
