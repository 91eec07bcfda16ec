import { isSpanKind } from "../kind/span-kind.ts";
import { dialect } from "./dialect.ts";
import { countOf, fromJson, fromJsonContainer, recordOf, textOf, unflatten, usageOf, wordsOf } from "./values.ts";

/** OpenInference (Arize Phoenix): lists flattened with zero-based indices, cached tokens part of the prompt. */
export const openInference = dialect({
  name: "openinference",
  detect: ({ attributes }) =>
    attributes["openinference.span.kind"] !== undefined ||
    attributes["input.value"] !== undefined ||
    attributes["output.value"] !== undefined ||
    attributes["llm.model_name"] !== undefined,
  read: ({ attributes, resource }) => {
    const kind = String(attributes["openinference.span.kind"] ?? "").toLowerCase();
    const count = (name: string) => countOf(attributes[`llm.token_count.${name}`]);
    return {
      kind: isSpanKind(kind) ? kind : undefined,
      model: textOf(
        attributes["llm.response.model_name"],
        attributes["llm.model_name"],
        attributes["llm.request.model_name"],
        attributes["embedding.model_name"],
        attributes["reranker.model_name"],
      ),
      requestModel: textOf(attributes["llm.request.model_name"]),
      provider: textOf(attributes["llm.provider"], attributes["llm.system"]),
      usage: usageOf({
        inputTokens: count("prompt"),
        outputTokens: count("completion"),
        cacheReadTokens: count("prompt_details.cache_read"),
        cacheWriteTokens: count("prompt_details.cache_write"),
        reasoningTokens: count("completion_details.reasoning"),
      }),
      costUsd: typeof attributes["llm.cost.total"] === "number" ? attributes["llm.cost.total"] : undefined,
      input: sideOf(attributes, "input") ?? messagesOf(attributes, "llm.input_messages."),
      output:
        sideOf(attributes, "output") ??
        messagesOf(attributes, "llm.output_messages.") ??
        unflatten(attributes, "retrieval.documents."),
      sessionId: textOf(attributes["session.id"]),
      userId: textOf(attributes["user.id"]),
      project: textOf(resource["openinference.project.name"]),
      tags: wordsOf(attributes["tag.tags"]),
      metadata: recordOf(attributes.metadata),
      taken: Object.keys(attributes).filter((name) => /^(input|output)\.(value|mime_type)$/.test(name)),
    };
  },
  write: ({ kind, model, provider, usage = {}, input, output, sessionId, userId, tags, metadata }) => ({
    "openinference.span.kind": kind?.toUpperCase() ?? "LLM",
    "llm.model_name": model,
    "llm.system": provider,
    "llm.token_count.prompt": usage.inputTokens,
    "llm.token_count.completion": usage.outputTokens,
    "llm.token_count.prompt_details.cache_read": usage.cacheReadTokens,
    "llm.token_count.prompt_details.cache_write": usage.cacheWriteTokens,
    "llm.token_count.completion_details.reasoning": usage.reasoningTokens,
    ...writeSide("input", input),
    ...writeSide("output", output),
    "session.id": sessionId,
    "user.id": userId,
    "tag.tags": tags,
    metadata: metadata && JSON.stringify(metadata),
  }),
});

/** `input.value`: text, or what its JSON stands for unless it is said to be text. */
function sideOf(attributes: Record<string, unknown>, side: "input" | "output"): unknown {
  const value = attributes[`${side}.value`];
  const mimeType = attributes[`${side}.mime_type`];
  if (mimeType === "text/plain") return value;
  return mimeType === "application/json" ? fromJson(value) : fromJsonContainer(value);
}

/** `[{ message: { role, content } }]` without the shells. */
function messagesOf(attributes: Record<string, unknown>, prefix: string): unknown {
  const messages = unflatten(attributes, prefix);
  if (!Array.isArray(messages)) return messages;
  return messages.map((item) => (item as { message?: unknown } | null)?.message ?? item);
}

function writeSide(side: "input" | "output", value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  return typeof value === "string"
    ? { [`${side}.value`]: value, [`${side}.mime_type`]: "text/plain" }
    : { [`${side}.value`]: JSON.stringify(value), [`${side}.mime_type`]: "application/json" };
}
