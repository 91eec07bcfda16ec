import { type HrTime, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { costUsd, type PriceTable, type TokenUsage } from "./prices.ts";
import { kindOf, type SpanKind } from "./span-kind.ts";

/** A finished span as it is stored: OpenTelemetry's data, with what the Studio and the command line ask for lifted out. */
export interface SpanRecord {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  kind: SpanKind;
  /** Microseconds since 1970. */
  startUs: number;
  endUs: number;
  status: "unset" | "ok" | "error";
  statusMessage: string | null;
  attributes: Record<string, unknown>;
  events: { name: string; timeUs: number; attributes?: Record<string, unknown> }[];
  input: unknown;
  output: unknown;
  model: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  /** Null when it cannot be known. */
  costUsd: number | null;
}

const statusNames = {
  [SpanStatusCode.UNSET]: "unset",
  [SpanStatusCode.OK]: "ok",
  [SpanStatusCode.ERROR]: "error",
} as const;

/** Attributes that hold the input or output, most specific first: GenAI messages, OpenInference, older spellings. */
const inputNames = ["input.value", "gen_ai.input.messages", "gen_ai.prompt", "gen_ai.tool.call.arguments"];
const outputNames = ["output.value", "gen_ai.output.messages", "gen_ai.completion", "gen_ai.tool.call.result"];

/** Reads a span of any origin: GenAI names, their older spellings, and OpenInference's. */
export function toSpanRecord(span: ReadableSpan, prices: PriceTable): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  const attributes: Record<string, unknown> = { ...span.attributes };
  const usage = usageOf(attributes);
  const requested = text(attributes["gen_ai.request.model"] ?? attributes["llm.model_name"]);
  const answered = text(attributes["gen_ai.response.model"]);
  const provider = text(attributes["gen_ai.provider.name"] ?? attributes["gen_ai.system"]);
  const priced = usage.inputTokens !== undefined || usage.outputTokens !== undefined;
  const cost = (model: string | undefined) => costUsd({ provider, model, usage }, prices);
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    kind: kindOf(attributes),
    startUs: microseconds(span.startTime),
    endUs: microseconds(span.endTime),
    status: statusNames[span.status.code],
    statusMessage: span.status.message ?? null,
    input: take(attributes, inputNames),
    output: take(attributes, outputNames),
    attributes,
    events: span.events.map(({ name, time, attributes: values }) => ({
      name,
      timeUs: microseconds(time),
      ...(values ? { attributes: { ...values } } : {}),
    })),
    model: answered ?? requested ?? null,
    inputTokens: usage.inputTokens ?? null,
    outputTokens: usage.outputTokens ?? null,
    costUsd: priced ? (cost(answered) ?? cost(requested)) : null,
  };
}

function usageOf(attributes: Record<string, unknown>): TokenUsage {
  const count = (...names: string[]) => {
    for (const name of names) if (typeof attributes[name] === "number") return attributes[name];
    return undefined;
  };
  return {
    inputTokens: count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
    outputTokens: count("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"),
    cacheReadTokens: count("gen_ai.usage.cache_read.input_tokens", "llm.token_count.prompt_details.cache_read"),
    cacheWriteTokens: count("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens"),
  };
}

/** Moves the first of the attributes that is there out of them; JSON text becomes the value it stands for. */
function take(attributes: Record<string, unknown>, names: string[]): unknown {
  for (const name of names) {
    const value = attributes[name];
    if (value === undefined) continue;
    const mimeType = attributes[name.replace(/value$/, "mime_type")];
    delete attributes[name];
    if (typeof value !== "string" || mimeType === "text/plain") return value;
    if (mimeType !== "application/json" && !/^[[{]/.test(value)) return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  return null;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function microseconds([seconds, nanos]: HrTime): number {
  return seconds * 1e6 + Math.round(nanos / 1e3);
}
