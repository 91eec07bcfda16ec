import type { SpanKind } from "../kind/span-kind.ts";
import { dialect } from "./dialect.ts";
import { below, countOf, fromJson, fromJsonContainer, textOf, usageOf } from "./values.ts";

const inputs = ["ai.prompt.messages", "ai.prompt", "ai.toolCall.args", "ai.values", "ai.value"];
const outputs = [
  "ai.response.text",
  "ai.response.object",
  "ai.response.toolCalls",
  "ai.toolCall.result",
  "ai.embeddings",
];

/** Vercel AI SDK telemetry: an outer span for the call of the program, an inner one (`.doGenerate`) for each request. */
export const aiSdk = dialect({
  name: "ai_sdk",
  detect: ({ attributes }) => attributes["ai.operationId"] !== undefined,
  read: ({ attributes }) => {
    const operation = String(attributes["ai.operationId"]);
    const metadata = below(attributes, "ai.telemetry.metadata.");
    const first = (names: readonly string[]) => {
      const name = names.find((each) => attributes[each] !== undefined && attributes[each] !== "");
      return name === undefined ? undefined : fromJsonContainer(attributes[name]);
    };
    return {
      kind: kindOf(operation),
      model: textOf(attributes["ai.response.model"], attributes["ai.model.id"]),
      requestModel: textOf(attributes["ai.model.id"]),
      provider: textOf(attributes["ai.model.provider"])?.split(".")[0],
      usage: usageOf({
        inputTokens: countOf(
          attributes["ai.usage.inputTokens"],
          attributes["ai.usage.promptTokens"],
          attributes["ai.usage.tokens"],
        ),
        outputTokens: countOf(attributes["ai.usage.outputTokens"], attributes["ai.usage.completionTokens"]),
        cacheReadTokens: countOf(
          attributes["ai.usage.inputTokenDetails.cacheReadTokens"],
          attributes["ai.usage.cachedInputTokens"],
        ),
        cacheWriteTokens: countOf(attributes["ai.usage.inputTokenDetails.cacheWriteTokens"]),
        reasoningTokens: countOf(attributes["ai.usage.reasoningTokens"]),
      }),
      input: first(inputs),
      output: first(outputs),
      sessionId: textOf(metadata?.sessionId, metadata?.session_id, metadata?.threadId),
      userId: textOf(metadata?.userId, metadata?.user_id),
      tags: Array.isArray(metadata?.tags) ? metadata.tags.map(String) : undefined,
      metadata: metadata && Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, fromJson(value)])),
      taken: [...inputs, ...outputs].filter((name) => attributes[name] !== undefined),
    };
  },
  write: ({ kind, model, requestModel, provider, usage = {}, input, output }) => ({
    "ai.operationId":
      kind === "tool" ? "ai.toolCall" : kind === "embedding" ? "ai.embed.doEmbed" : "ai.generateText.doGenerate",
    "ai.model.id": requestModel ?? model,
    "ai.response.model": model,
    "ai.model.provider": provider,
    "ai.usage.inputTokens": usage.inputTokens,
    "ai.usage.outputTokens": usage.outputTokens,
    "ai.usage.cachedInputTokens": usage.cacheReadTokens,
    "ai.usage.inputTokenDetails.cacheWriteTokens": usage.cacheWriteTokens,
    "ai.usage.reasoningTokens": usage.reasoningTokens,
    [kind === "tool" ? "ai.toolCall.args" : "ai.prompt.messages"]:
      input === undefined ? undefined : typeof input === "string" ? input : JSON.stringify(input),
    [kind === "tool" ? "ai.toolCall.result" : "ai.response.text"]:
      output === undefined ? undefined : typeof output === "string" ? output : JSON.stringify(output),
  }),
});

function kindOf(operation: string): SpanKind {
  if (operation === "ai.toolCall") return "tool";
  if (operation.startsWith("ai.embed")) return "embedding";
  return /\.do(Generate|Stream)$/.test(operation) ? "llm" : "chain";
}
