import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4Message,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from "@ai-sdk/provider";
import { type MessagePart, type ModelMessage, type ModelResponse, type ModelSpan, openModelSpan } from "@loam/observe";
import { toModelError } from "./model-errors.ts";

export interface TracedModel {
  /** `openai`, `ollama`, …: the name before the colon. */
  provider: string;
  baseUrl?: string;
}

/** The same model, each of its calls a span with the GenAI names, its errors Loam's. */
export function tracedLanguageModel(model: LanguageModelV4, { provider, baseUrl }: TracedModel): LanguageModelV4 {
  const open = (options: LanguageModelV4CallOptions, stream?: true) =>
    openModelSpan({
      operation: "chat",
      provider,
      model: model.modelId,
      baseUrl,
      stream,
      messages: options.prompt.filter((message) => message.role !== "system").map(readMessage),
      systemInstructions: options.prompt.flatMap((message) =>
        message.role === "system" ? [{ type: "text", content: message.content }] : [],
      ),
      tools: options.tools?.map(({ name, ...tool }) => ({
        name,
        ...(tool.type === "function" ? { description: tool.description, parameters: tool.inputSchema } : {}),
      })),
      outputType: options.responseFormat?.type,
      temperature: options.temperature,
      topP: options.topP,
      topK: options.topK,
      maxTokens: options.maxOutputTokens,
      seed: options.seed,
      frequencyPenalty: options.frequencyPenalty,
      presencePenalty: options.presencePenalty,
      stopSequences: options.stopSequences,
    });
  const fail = (span: ModelSpan, error: unknown): unknown => {
    const failure = toModelError(error, { provider, model: model.modelId });
    span.fail(failure);
    span.end();
    return failure;
  };

  return {
    specificationVersion: "v4",
    provider: model.provider,
    modelId: model.modelId,
    get supportedUrls() {
      return model.supportedUrls;
    },
    async doGenerate(options): Promise<LanguageModelV4GenerateResult> {
      const span = open(options);
      try {
        const result = await span.run(() => model.doGenerate(options));
        span.respond(readResult(result));
        span.end();
        return result;
      } catch (error) {
        throw fail(span, error);
      }
    },
    async doStream(options): Promise<LanguageModelV4StreamResult> {
      const span = open(options, true);
      try {
        const result = await span.run(() => model.doStream(options));
        return { ...result, stream: follow(result.stream, span, fail) };
      } catch (error) {
        throw fail(span, error);
      }
    },
  };
}

/** Passes the parts on and records the answer they make up. */
function follow(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  span: ModelSpan,
  fail: (span: ModelSpan, error: unknown) => unknown,
): ReadableStream<LanguageModelV4StreamPart> {
  const reader = stream.getReader();
  const answer = collectParts();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await span.run(() => reader.read());
        if (done) {
          span.respond(answer.response());
          span.end();
          return controller.close();
        }
        if (value.type !== "stream-start" && value.type !== "response-metadata") span.firstChunk();
        answer.add(value);
        if (value.type === "error") {
          span.respond(answer.response());
          controller.enqueue({ type: "error", error: fail(span, value.error) });
        } else controller.enqueue(value);
      } catch (error) {
        span.respond(answer.response());
        controller.error(fail(span, error));
      }
    },
    async cancel(reason) {
      span.respond(answer.response());
      span.event("cancelled");
      span.end();
      await reader.cancel(reason);
    },
  });
}

function collectParts(): { add(part: LanguageModelV4StreamPart): void; response(): ModelResponse } {
  const content: LanguageModelV4Content[] = [];
  const open = new Map<string, { type: "text" | "reasoning"; text: string }>();
  const response: ModelResponse = {};
  return {
    add: (part) => {
      switch (part.type) {
        case "text-start":
        case "reasoning-start": {
          const piece = { type: part.type === "text-start" ? ("text" as const) : ("reasoning" as const), text: "" };
          open.set(part.id, piece);
          content.push(piece);
          return;
        }
        case "text-delta":
        case "reasoning-delta": {
          const piece = open.get(part.id);
          if (piece) piece.text += part.delta;
          return;
        }
        case "tool-call":
        case "tool-result":
          content.push(part);
          return;
        case "response-metadata":
          response.id = part.id ?? response.id;
          response.model = part.modelId ?? response.model;
          return;
        case "finish":
          Object.assign(response, readFinish(part));
      }
    },
    response: () => ({ ...response, messages: readContent(content, response.finishReasons?.[0]) }),
  };
}

function readResult(result: LanguageModelV4GenerateResult): ModelResponse {
  const finish = readFinish(result);
  return {
    id: result.response?.id,
    model: result.response?.modelId,
    ...finish,
    messages: readContent(result.content, finish.finishReasons?.[0]),
  };
}

function readFinish({
  finishReason,
  usage,
}: Pick<LanguageModelV4GenerateResult, "finishReason" | "usage">): Pick<ModelResponse, "finishReasons" | "usage"> {
  return {
    finishReasons: [finishReason.raw ?? finishReason.unified],
    usage: {
      inputTokens: usage.inputTokens.total,
      outputTokens: usage.outputTokens.total,
      cacheReadTokens: usage.inputTokens.cacheRead,
      cacheWriteTokens: usage.inputTokens.cacheWrite,
      reasoningTokens: usage.outputTokens.reasoning,
    },
  };
}

function readContent(content: LanguageModelV4Content[], finishReason: string | undefined): ModelMessage[] {
  if (content.length === 0) return [];
  return [
    { role: "assistant", parts: content.map(readPart), ...(finishReason ? { finish_reason: finishReason } : {}) },
  ];
}

function readMessage(message: LanguageModelV4Message): ModelMessage {
  if (message.role === "system") return { role: "system", parts: [{ type: "text", content: message.content }] };
  return { role: message.role, parts: message.content.map(readPart) };
}

type Part = LanguageModelV4Content | Exclude<LanguageModelV4Message, { role: "system" }>["content"][number];

function readPart(part: Part): MessagePart {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, content: part.text };
    case "file":
    case "reasoning-file":
      return readFile(part);
    case "tool-call":
      return {
        type: "tool_call",
        id: part.toolCallId,
        name: part.toolName,
        arguments: typeof part.input === "string" ? parseJson(part.input) : part.input,
      };
    case "tool-result":
      return {
        type: "tool_call_response",
        id: part.toolCallId,
        response: "output" in part ? ("value" in part.output ? part.output.value : part.output.type) : part.result,
      };
    default:
      return { type: part.type };
  }
}

function readFile({ mediaType, data }: Extract<Part, { type: "file" | "reasoning-file" }>): MessagePart {
  const modality = mediaType.split("/")[0] ?? "file";
  if (data.type === "url") return { type: "uri", modality, uri: String(data.url) };
  const size = data.type === "data" ? data.data.length : undefined;
  return { type: "blob", modality, mime_type: mediaType, size_bytes: size };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
