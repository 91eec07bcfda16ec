import { isSpanKind, type SpanKind } from "../kind/span-kind.ts";
import type { TokenUsage } from "../prices/prices.ts";
import { dialect } from "./dialect.ts";
import { below, countOf, fromJson, recordOf, textOf, usageOf, wordsOf } from "./values.ts";

const kindOfType: Record<string, SpanKind> = { generation: "llm", span: "chain", event: "chain" };

/**
 * Langfuse's clients. `usage_details` counts each kind of token by itself: `input` is without what the cache served, so
 * it is added here. Usage in OpenAI's own words (`prompt_tokens`) has it included.
 */
export const langfuse = dialect({
  name: "langfuse",
  detect: ({ attributes }) =>
    Object.keys(attributes).some((name) => /^langfuse\.(observation|trace|session|user)\./.test(name)),
  read: ({ attributes, resource }) => {
    const type = String(attributes["langfuse.observation.type"] ?? "").toLowerCase();
    const cost = recordOf(attributes["langfuse.observation.cost_details"]);
    const get = (name: string) =>
      fromJson(attributes[`langfuse.observation.${name}`] ?? attributes[`langfuse.trace.${name}`]);
    const metadata = {
      ...below(attributes, "langfuse.trace.metadata."),
      ...below(attributes, "langfuse.observation.metadata."),
    };
    return {
      kind: kindOfType[type] ?? (isSpanKind(type) ? type : undefined),
      model: textOf(attributes["langfuse.observation.model.name"]),
      usage: usageOf(readUsage(recordOf(attributes["langfuse.observation.usage_details"]) ?? {})),
      costUsd: typeof cost?.total === "number" ? cost.total : undefined,
      input: get("input") ?? undefined,
      output: get("output") ?? undefined,
      sessionId: textOf(attributes["langfuse.session.id"], attributes["session.id"]),
      userId: textOf(attributes["langfuse.user.id"], attributes["user.id"]),
      project: textOf(resource["langfuse.project.name"]),
      tags: wordsOf(attributes["langfuse.trace.tags"]),
      metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
      taken: Object.keys(attributes).filter((name) => /^langfuse\.(observation|trace)\.(input|output)$/.test(name)),
    };
  },
  write: ({ kind, model, usage = {}, input, output, sessionId, userId, tags, metadata = {} }) => ({
    "langfuse.observation.type": kind === "llm" ? "generation" : (kind ?? "span"),
    "langfuse.observation.model.name": model,
    "langfuse.observation.usage_details":
      usage.inputTokens === undefined && usage.outputTokens === undefined
        ? undefined
        : JSON.stringify({
            input:
              usage.inputTokens === undefined
                ? undefined
                : usage.inputTokens - (usage.cacheReadTokens ?? 0) - (usage.cacheWriteTokens ?? 0),
            output: usage.outputTokens,
            cache_read_input_tokens: usage.cacheReadTokens,
            cache_creation_input_tokens: usage.cacheWriteTokens,
            output_reasoning_tokens: usage.reasoningTokens,
          }),
    "langfuse.observation.input": input === undefined ? undefined : JSON.stringify(input),
    "langfuse.observation.output": output === undefined ? undefined : JSON.stringify(output),
    "langfuse.session.id": sessionId,
    "langfuse.user.id": userId,
    "langfuse.trace.tags": tags,
    ...Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [`langfuse.observation.metadata.${name}`, value]),
    ),
  }),
});

function readUsage(details: Record<string, unknown>): TokenUsage {
  const cacheReadTokens = countOf(
    details.cache_read_input_tokens,
    details.input_cached_tokens,
    details.input_cache_read,
    recordOf(details.prompt_tokens_details)?.cached_tokens,
  );
  const cacheWriteTokens = countOf(details.cache_creation_input_tokens, details.input_cache_creation);
  const whole = countOf(details.prompt_tokens);
  const alone = countOf(details.input, details.input_tokens);
  return {
    inputTokens: whole ?? (alone === undefined ? undefined : alone + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)),
    outputTokens: countOf(details.output, details.completion_tokens, details.output_tokens),
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens: countOf(details.output_reasoning_tokens, details.output_reasoning),
  };
}
