import type { Tracer } from "@opentelemetry/api";
import { type ModelMessage, type ModelSpan, openModelSpan } from "../tracing/gen-ai.ts";
import { type OpenSpan, openSpan } from "../tracing/span.ts";
import { activeTracer } from "../tracing/tracer.ts";

type Event = Record<string, unknown>;

/** The spans of one call of the AI SDK that are open. */
interface Call {
  root: OpenSpan;
  model?: ModelSpan;
  tools: Map<string, OpenSpan>;
}

export interface ObserveAISDKOptions {
  /** The name of the step, such as `answer-question`; left out, what the SDK was asked to do. */
  functionId?: string;
  /** Kept on the step. Of these names, `sessionId`, `userId` and `tags` are understood. */
  metadata?: Record<string, string | number | boolean | string[]>;
  recordInputs?: boolean;
  recordOutputs?: boolean;
}

/** What the AI SDK is given: version 7 reads `integrations`, versions 4 to 6 `tracer` and `metadata`. */
export interface AISDKTelemetry extends ObserveAISDKOptions {
  isEnabled: true;
  tracer: Tracer;
  integrations: ReturnType<typeof lifecycle>[];
}

/**
 * Telemetry for Vercel's AI SDK: each call is a step, with a span for each request to the model and each tool. Version 7
 * takes it as `telemetry`, versions 4 to 6 as `experimental_telemetry`.
 *
 * @example
 * ```ts no-run
 * await generateText({ model, prompt: "Hi", telemetry: observeAISDK({ functionId: "greet" }) });
 * ```
 */
export function observeAISDK(options: ObserveAISDKOptions = {}): AISDKTelemetry {
  return { isEnabled: true, ...options, tracer: activeTracer(), integrations: [lifecycle(options)] };
}

/** Version 7's lifecycle. Events are read with care: a field that is not there is left out. */
function lifecycle({ functionId, metadata, recordInputs = true, recordOutputs = true }: ObserveAISDKOptions) {
  const calls = new Map<unknown, Call>();
  const close = (callId: unknown, error?: unknown) => {
    const call = calls.get(callId);
    if (!call) return;
    calls.delete(callId);
    for (const open of [call.model, ...call.tools.values(), call.root]) {
      if (error !== undefined) open?.fail(error);
      open?.end();
    }
  };
  return {
    onStart(given: object) {
      const event = recordOf(given);
      const root = openSpan(functionId ?? textOf(event.operationId) ?? "ai", { attributes: metadataOf(metadata) });
      if (recordInputs) root.input(event.messages ?? event.prompt ?? event.value ?? event.values);
      calls.set(event.callId, { root, tools: new Map() });
    },
    onLanguageModelCallStart(given: object) {
      const event = recordOf(given);
      const call = calls.get(event.callId);
      if (!call) return;
      call.model = call.root.run(() =>
        openModelSpan({
          operation: "chat",
          ...{ provider: providerOf(event.provider), model: textOf(event.modelId) ?? "unknown" },
          ...{ temperature: numberOf(event.temperature), topP: numberOf(event.topP), topK: numberOf(event.topK) },
          ...{ maxTokens: numberOf(event.maxOutputTokens), seed: numberOf(event.seed) },
          ...(recordInputs ? { messages: messagesOf(event.messages), tools: event.tools } : {}),
          ...(recordInputs && textOf(event.instructions)
            ? { systemInstructions: [{ type: "text", content: textOf(event.instructions)! }] }
            : {}),
        }),
      );
    },
    executeLanguageModelCall<T>({ callId, execute }: { callId: unknown; execute: () => PromiseLike<T> }) {
      const model = calls.get(callId)?.model;
      return model ? model.run(execute) : execute();
    },
    onLanguageModelCallEnd(given: object) {
      const event = recordOf(given);
      const call = calls.get(event.callId);
      const usage = recordOf(event.usage);
      const details = recordOf(usage.inputTokenDetails);
      call?.model?.respond({
        ...{ id: textOf(event.responseId), model: textOf(event.modelId) },
        finishReasons: textOf(event.finishReason) ? [textOf(event.finishReason)!] : undefined,
        messages: recordOutputs ? messagesOf([{ role: "assistant", content: event.content }]) : undefined,
        usage: {
          inputTokens: numberOf(usage.inputTokens),
          outputTokens: numberOf(usage.outputTokens),
          cacheReadTokens: numberOf(details.cacheReadTokens) ?? numberOf(usage.cachedInputTokens),
          cacheWriteTokens: numberOf(details.cacheWriteTokens),
          reasoningTokens: numberOf(recordOf(usage.outputTokenDetails).reasoningTokens),
        },
      });
      call?.model?.end();
      if (call) call.model = undefined;
    },
    onToolExecutionStart(given: object) {
      const event = recordOf(given);
      const { toolCallId, toolName, input } = recordOf(event.toolCall);
      const call = calls.get(event.callId);
      const tool = call?.root.run(() => openSpan(textOf(toolName) ?? "tool", { kind: "tool" }));
      if (recordInputs) tool?.input(input);
      if (tool) call?.tools.set(String(toolCallId), tool);
    },
    executeTool<T>({
      callId,
      toolCallId,
      execute,
    }: {
      callId: unknown;
      toolCallId: unknown;
      execute: () => PromiseLike<T>;
    }) {
      const tool = calls.get(callId)?.tools.get(String(toolCallId));
      return tool ? tool.run(execute) : execute();
    },
    onToolExecutionEnd(given: object) {
      const event = recordOf(given);
      const id = String(recordOf(event.toolCall).toolCallId);
      const tools = calls.get(event.callId)?.tools;
      const tool = tools?.get(id);
      const { type, output, error } = recordOf(event.toolOutput);
      if (type === "tool-error") tool?.fail(error);
      else if (recordOutputs) tool?.output(output);
      tool?.end();
      tools?.delete(id);
    },
    onEnd(given: object) {
      const event = recordOf(given);
      const { root } = calls.get(event.callId) ?? {};
      if (recordOutputs) root?.output(event.object ?? textOf(event.text) ?? event.embeddings ?? event.content);
      close(event.callId);
    },
    onAbort: (event: object) => close(recordOf(event).callId, new Error("The call was aborted.")),
    onError: (event: unknown) => close(recordOf(event).callId, recordOf(event).error ?? event),
  };
}

function metadataOf(metadata: ObserveAISDKOptions["metadata"] = {}): Record<string, unknown> {
  const { sessionId, userId, tags, ...rest } = metadata;
  const others = Object.keys(rest).length > 0 ? JSON.stringify(rest) : undefined;
  return { "session.id": sessionId, "user.id": userId, "tag.tags": tags, metadata: others };
}

/** The SDK's messages as OpenTelemetry has them; parts of other kinds keep their fields. */
function messagesOf(messages: unknown): ModelMessage[] | undefined {
  if (!Array.isArray(messages)) return undefined;
  return (messages as Event[]).map(({ role, content }) => ({
    role: textOf(role) ?? "user",
    parts: (Array.isArray(content) ? (content as Event[]) : [{ type: "text", text: content }]).map((part) => {
      switch (part.type) {
        case "text":
        case "reasoning":
          return { type: part.type, content: String(part.text ?? "") };
        case "tool-call":
          return { type: "tool_call", id: textOf(part.toolCallId), name: String(part.toolName), arguments: part.input };
        case "tool-result":
          return { type: "tool_call_response", id: textOf(part.toolCallId), response: part.output };
        default:
          return { ...part, type: String(part.type ?? "unknown") };
      }
    }),
  }));
}

/** `openai.responses` is OpenAI. */
function providerOf(provider: unknown): string {
  return textOf(provider)?.split(".")[0] ?? "unknown";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function recordOf(value: unknown): Event {
  return typeof value === "object" && value !== null ? (value as Event) : {};
}
