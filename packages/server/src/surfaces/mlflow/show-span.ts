import type { SpanRecord } from "@loam/observe";
import type { Json } from "./http.ts";

const typeOfKind: Record<string, string> = {
  llm: "CHAT_MODEL",
  chain: "CHAIN",
  tool: "TOOL",
  agent: "AGENT",
  retriever: "RETRIEVER",
  embedding: "EMBEDDING",
  reranker: "RERANKER",
  guardrail: "GUARDRAIL",
  evaluator: "EVALUATOR",
};

/** A span as `opentelemetry.proto.trace.v1.Span` in JSON, with MLflow's attributes for what is lifted out of them. */
export function showSpan(span: SpanRecord): Json {
  const { inputTokens, outputTokens, cacheReadTokens } = span;
  const attributes: Json = {
    ...span.attributes,
    "mlflow.traceRequestId": `tr-${span.traceId}`,
    "mlflow.spanType": span.attributes["mlflow.spanType"] ?? typeOfKind[span.kind] ?? "UNKNOWN",
    ...(span.input === null ? {} : { "mlflow.spanInputs": span.input }),
    ...(span.output === null ? {} : { "mlflow.spanOutputs": span.output }),
    ...(span.model ? { "mlflow.llm.model": span.model } : {}),
    ...(inputTokens === null && outputTokens === null
      ? {}
      : {
          "mlflow.chat.tokenUsage": {
            input_tokens: inputTokens ?? 0,
            output_tokens: outputTokens ?? 0,
            total_tokens: (inputTokens ?? 0) + (outputTokens ?? 0),
            ...(cacheReadTokens === null ? {} : { cache_read_input_tokens: cacheReadTokens }),
          },
        }),
  };
  return {
    trace_id: base64(span.traceId),
    // Ids of other protocols may be longer than the 8 bytes of OpenTelemetry's: their last 8 tell them apart as well.
    span_id: base64(span.spanId.slice(-16)),
    ...(span.parentSpanId ? { parent_span_id: base64(span.parentSpanId.slice(-16)) } : {}),
    name: span.name || "span",
    start_time_unix_nano: nanoseconds(span.startUs),
    end_time_unix_nano: nanoseconds(span.endUs ?? span.startUs),
    attributes: keyValues(attributes),
    events: span.events.map(({ name, timeUs, attributes: values = {} }) => ({
      name,
      time_unix_nano: nanoseconds(timeUs),
      attributes: keyValues(values),
    })),
    status: {
      code:
        span.status === "error" ? "STATUS_CODE_ERROR" : span.status === "ok" ? "STATUS_CODE_OK" : "STATUS_CODE_UNSET",
      ...(span.statusMessage ? { message: span.statusMessage } : {}),
    },
  };
}

function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function nanoseconds(us: number): string {
  return String(BigInt(Math.round(us)) * 1000n);
}

function keyValues(values: Json): Json[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): Json {
  if (typeof value === "string") return { string_value: value };
  if (typeof value === "boolean") return { bool_value: value };
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? { int_value: String(value) } : { double_value: value };
  if (Array.isArray(value)) return { array_value: { values: value.map(anyValue) } };
  if (typeof value === "object" && value !== null) return { kvlist_value: { values: keyValues(value as Json) } };
  return {};
}
