import type { PlainSpan } from "../ingest/plain-span.ts";
import type { SpanKind } from "../kind/span-kind.ts";
import { dialect } from "./dialect.ts";
import { countOf, fromJson, fromJsonContainer, recordOf, textOf, unflatten, usageOf } from "./values.ts";

const kindOfRequest: Record<string, SpanKind> = {
  chat: "llm",
  completion: "llm",
  embedding: "embedding",
  rerank: "reranker",
};
const kindOfTraceloop: Record<string, SpanKind> = { workflow: "chain", task: "chain", agent: "agent", tool: "tool" };

/**
 * The older GenAI names, as OpenLLMetry and early instrumentations send them: prompts flattened with indices
 * (`gen_ai.prompt.0.content`), as one JSON text (`gen_ai.prompt`), or on events.
 */
export const genAiOld = dialect({
  name: "gen_ai_old",
  detect: ({ attributes, events }) =>
    attributes["gen_ai.system"] !== undefined ||
    attributes["llm.request.type"] !== undefined ||
    attributes["gen_ai.prompt"] !== undefined ||
    attributes["gen_ai.prompt.0.content"] !== undefined ||
    attributes["traceloop.span.kind"] !== undefined ||
    events.some(({ name }) => name.startsWith("gen_ai.")),
  read: (span) => {
    const { attributes } = span;
    const details = recordOf(attributes["gen_ai.usage.input_token_details"]) ?? {};
    const outputDetails = recordOf(attributes["gen_ai.usage.output_token_details"]) ?? {};
    return {
      kind:
        kindOfTraceloop[String(attributes["traceloop.span.kind"] ?? "")] ??
        kindOfRequest[String(attributes["llm.request.type"] ?? "")] ??
        (attributes["gen_ai.request.model"] !== undefined ? "llm" : undefined),
      model: textOf(attributes["gen_ai.response.model"], attributes["gen_ai.request.model"]),
      requestModel: textOf(attributes["gen_ai.request.model"]),
      provider: textOf(attributes["gen_ai.system"])?.toLowerCase(),
      usage: usageOf({
        inputTokens: countOf(attributes["gen_ai.usage.prompt_tokens"], attributes["gen_ai.usage.input_tokens"]),
        outputTokens: countOf(attributes["gen_ai.usage.completion_tokens"], attributes["gen_ai.usage.output_tokens"]),
        cacheReadTokens: countOf(attributes["gen_ai.usage.cache_read_input_tokens"], details.cache_read),
        cacheWriteTokens: countOf(attributes["gen_ai.usage.cache_creation_input_tokens"], details.cache_creation),
        reasoningTokens: countOf(attributes["llm.usage.reasoning_tokens"], outputDetails.reasoning),
      }),
      input: contentOf(span, "gen_ai.prompt") ?? fromJsonContainer(attributes["traceloop.entity.input"]),
      output: contentOf(span, "gen_ai.completion") ?? fromJsonContainer(attributes["traceloop.entity.output"]),
      sessionId: textOf(attributes["traceloop.association.properties.session_id"]),
      userId: textOf(attributes["traceloop.association.properties.user_id"]),
      taken: Object.keys(attributes).filter(
        (name) => /^gen_ai\.(prompt|completion)(\.|$)/.test(name) || /^traceloop\.entity\.(input|output)$/.test(name),
      ),
    };
  },
  write: ({ model, requestModel, provider, usage = {}, input, output }) => ({
    "gen_ai.system": provider,
    "llm.request.type": "chat",
    "gen_ai.request.model": requestModel ?? model,
    "gen_ai.response.model": model,
    "gen_ai.usage.prompt_tokens": usage.inputTokens,
    "gen_ai.usage.completion_tokens": usage.outputTokens,
    "gen_ai.usage.cache_read_input_tokens": usage.cacheReadTokens,
    "gen_ai.usage.cache_creation_input_tokens": usage.cacheWriteTokens,
    "llm.usage.reasoning_tokens": usage.reasoningTokens,
    "gen_ai.prompt": input === undefined ? undefined : JSON.stringify(input),
    "gen_ai.completion": output === undefined ? undefined : JSON.stringify(output),
  }),
});

/** One JSON text, flattened messages, an event that holds the text, or one event for each message. */
function contentOf({ attributes, events }: PlainSpan, name: "gen_ai.prompt" | "gen_ai.completion"): unknown {
  if (attributes[name] !== undefined) return fromJson(attributes[name]);
  const flat = unflatten(attributes, `${name}.`);
  if (flat !== undefined) return flat;
  const whole = events.find((event) => event.attributes?.[name] !== undefined)?.attributes?.[name];
  if (whole !== undefined) return fromJson(whole);
  const messages = events.flatMap((event) => {
    const isAnswer = event.name === "gen_ai.choice";
    if (isAnswer !== (name === "gen_ai.completion") || !/^gen_ai\.(choice|\w+\.message)$/.test(event.name)) return [];
    const values = event.attributes ?? {};
    const body = recordOf(values.message) ?? recordOf(values["event.body"]) ?? values;
    return [{ role: isAnswer ? "assistant" : event.name.split(".")[1], ...body }];
  });
  return messages.length > 0 ? messages : undefined;
}
