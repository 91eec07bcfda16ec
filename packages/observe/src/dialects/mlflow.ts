import { isSpanKind, type SpanKind } from "../kind/span-kind.ts";
import { dialect } from "./dialect.ts";
import { countOf, fromJson, recordOf, textOf, usageOf } from "./values.ts";

const kindOfType: Record<string, SpanKind> = { chat_model: "llm", parser: "chain", memory: "chain", task: "chain" };
const names = [
  "mlflow.spanInputs",
  "mlflow.spanOutputs",
  "mlflow.chat.tokenUsage",
  "mlflow.spanType",
  "mlflow.llm.model",
];

/**
 * MLflow's own attributes. In `traces.json` each is JSON text; over OTLP they are typed, or JSON text as well.
 * Cached tokens are part of the input, except that Anthropic's are not: then they are more than the input.
 */
export const mlflow = dialect({
  name: "mlflow",
  detect: ({ attributes }) =>
    attributes["mlflow.spanType"] !== undefined ||
    attributes["mlflow.traceRequestId"] !== undefined ||
    attributes["mlflow.spanInputs"] !== undefined,
  read: ({ attributes }) => {
    const get = (name: string) => fromJson(attributes[name]);
    const type = String(get("mlflow.spanType") ?? "").toLowerCase();
    const usage = recordOf(get("mlflow.chat.tokenUsage")) ?? {};
    const input = get("mlflow.spanInputs");
    const cost = recordOf(get("mlflow.llm.cost"));
    return {
      kind: kindOfType[type] ?? (isSpanKind(type) ? type : undefined),
      model: textOf(get("mlflow.llm.model"), recordOf(input)?.model),
      provider: textOf(get("mlflow.llm.provider")),
      usage: usageOf({
        inputTokens: countOf(usage.input_tokens),
        outputTokens: countOf(usage.output_tokens),
        cacheReadTokens: countOf(usage.cache_read_input_tokens),
        cacheWriteTokens: countOf(usage.cache_creation_input_tokens),
      }),
      costUsd: typeof cost?.total_cost === "number" ? cost.total_cost : undefined,
      input: input ?? undefined,
      output: get("mlflow.spanOutputs") ?? undefined,
      sessionId: textOf(get("mlflow.trace.session")),
      userId: textOf(get("mlflow.trace.user")),
      taken: names.filter((name) => name.startsWith("mlflow.span") && attributes[name] !== undefined),
    };
  },
  write: ({ kind, model, provider, usage, input, output }) => ({
    "mlflow.spanType": JSON.stringify(kind === "llm" ? "CHAT_MODEL" : (kind?.toUpperCase() ?? "UNKNOWN")),
    "mlflow.llm.model": model && JSON.stringify(model),
    "mlflow.llm.provider": provider && JSON.stringify(provider),
    "mlflow.spanInputs": input === undefined ? undefined : JSON.stringify(input),
    "mlflow.spanOutputs": output === undefined ? undefined : JSON.stringify(output),
    "mlflow.chat.tokenUsage":
      usage &&
      JSON.stringify({
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        total_tokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
        cache_read_input_tokens: usage.cacheReadTokens,
        cache_creation_input_tokens: usage.cacheWriteTokens,
      }),
  }),
});
