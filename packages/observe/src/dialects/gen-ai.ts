import { kindOfOperation, operationOfKind } from "../kind/span-kind.ts";
import { dialect } from "./dialect.ts";
import { countOf, fromJsonContainer, present, textOf, usageOf } from "./values.ts";

const inputs = ["gen_ai.input.messages", "gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text"];
const outputs = ["gen_ai.output.messages", "gen_ai.tool.call.result", "gen_ai.retrieval.documents"];

/**
 * OpenTelemetry's GenAI conventions as they are now: messages with parts, as JSON text or as structured attributes, on
 * the span or on its event `gen_ai.client.inference.operation.details`. Cached tokens are part of the input.
 */
export const genAi = dialect({
  name: "gen_ai",
  detect: ({ attributes }) =>
    attributes["gen_ai.operation.name"] !== undefined ||
    attributes["gen_ai.provider.name"] !== undefined ||
    attributes["gen_ai.input.messages"] !== undefined,
  read: ({ attributes, events }) => {
    const details = events.find(({ name }) => name === "gen_ai.client.inference.operation.details")?.attributes ?? {};
    const get = (name: string) => attributes[name] ?? details[name];
    const first = (names: readonly string[]) => {
      const name = names.find((each) => get(each) !== undefined);
      return name === undefined ? undefined : fromJsonContainer(get(name));
    };
    return {
      kind: kindOfOperation(attributes["gen_ai.operation.name"]),
      model: textOf(get("gen_ai.response.model"), get("gen_ai.request.model")),
      requestModel: textOf(get("gen_ai.request.model")),
      provider: textOf(get("gen_ai.provider.name"), get("gen_ai.system")),
      usage: usageOf({
        inputTokens: countOf(get("gen_ai.usage.input_tokens")),
        outputTokens: countOf(get("gen_ai.usage.output_tokens")),
        cacheReadTokens: countOf(
          get("gen_ai.usage.cache_read.input_tokens"),
          get("gen_ai.usage.cache_read_input_tokens"),
        ),
        cacheWriteTokens: countOf(
          get("gen_ai.usage.cache_write.input_tokens"),
          get("gen_ai.usage.cache_creation.input_tokens"),
          get("gen_ai.usage.cache_creation_input_tokens"),
        ),
        reasoningTokens: countOf(get("gen_ai.usage.reasoning.output_tokens")),
      }),
      input: first(inputs),
      output: first(outputs),
      sessionId: textOf(get("gen_ai.conversation.id")),
      taken: present(attributes, [...inputs, ...outputs]),
    };
  },
  write: ({ kind, model, requestModel, provider, usage = {}, input, output, sessionId }) => {
    const tool = kind === "tool";
    return {
      "gen_ai.operation.name": (kind && operationOfKind[kind]) ?? "chat",
      "gen_ai.provider.name": provider,
      "gen_ai.request.model": requestModel ?? model,
      "gen_ai.response.model": model,
      "gen_ai.usage.input_tokens": usage.inputTokens,
      "gen_ai.usage.output_tokens": usage.outputTokens,
      "gen_ai.usage.cache_read.input_tokens": usage.cacheReadTokens,
      "gen_ai.usage.cache_write.input_tokens": usage.cacheWriteTokens,
      "gen_ai.usage.reasoning.output_tokens": usage.reasoningTokens,
      [tool ? "gen_ai.tool.call.arguments" : "gen_ai.input.messages"]: json(input),
      [tool ? "gen_ai.tool.call.result" : "gen_ai.output.messages"]: json(output),
      "gen_ai.conversation.id": sessionId,
    };
  },
});

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
}
