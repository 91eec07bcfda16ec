import { type HrTime, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { readSpan } from "../dialects/index.ts";
import type { PlainSpan } from "../ingest/plain-span.ts";
import type { SpanKind } from "../kind/span-kind.ts";
import { costUsd, type PriceTable, type TokenUsage } from "../prices/prices.ts";

/** A span as it is stored: OpenTelemetry's data, with what the Studio and the command line ask for lifted out. */
export interface SpanRecord {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  /** Empty while only an update has come, which does not say. */
  kind: SpanKind | "";
  /** Microseconds since 1970. */
  startUs: number;
  /** Null while it is open. */
  endUs: number | null;
  status: "unset" | "ok" | "error";
  statusMessage: string | null;
  attributes: Record<string, unknown>;
  events: { name: string; timeUs: number; attributes?: Record<string, unknown> }[];
  input: unknown;
  output: unknown;
  model: string | null;
  provider: string | null;
  /** Cached and reasoning tokens are part of input and output, in whatever way they were counted where they come from. */
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  reasoningTokens: number | null;
  /** Null when it cannot be known. */
  costUsd: number | null;
  project: string;
  sessionId: string | null;
  userId: string | null;
  tags: string[] | null;
  metadata: Record<string, unknown> | null;
  /** The vocabulary it arrived in. */
  dialect: string | null;
  /** What only the protocol of its origin reads. `partial` marks an update that came before what it updates. */
  origin: Record<string, unknown> | null;
}

const statusNames = {
  [SpanStatusCode.UNSET]: "unset",
  [SpanStatusCode.OK]: "ok",
  [SpanStatusCode.ERROR]: "error",
} as const;

/** A span of this process, as OpenTelemetry's SDK gives it. */
export function toSpanRecord(span: ReadableSpan, prices: PriceTable): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  const plain: PlainSpan = {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    startUs: microseconds(span.startTime),
    endUs: microseconds(span.endTime),
    status: statusNames[span.status.code],
    statusMessage: span.status.message ?? null,
    attributes: span.attributes,
    events: span.events.map(({ name, time, attributes: values }) => ({
      name,
      timeUs: microseconds(time),
      ...(values ? { attributes: { ...values } } : {}),
    })),
    resource: span.resource?.attributes ?? {},
  };
  return recordOfPlain(plain, { prices });
}

/** A span from any exporter, read in whatever vocabularies it speaks. */
export function recordOfPlain(
  span: PlainSpan,
  { prices, project = "default" }: { prices: PriceTable; project?: string },
): SpanRecord {
  const reading = readSpan(span);
  const attributes: Record<string, unknown> = { ...span.attributes };
  for (const name of reading.taken ?? []) delete attributes[name];
  const usage = normaliseUsage(reading.usage ?? {});
  const { model, requestModel, provider } = reading;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: reading.kind ?? "chain",
    startUs: span.startUs,
    endUs: span.endUs,
    status: span.status,
    statusMessage: span.statusMessage,
    attributes,
    events: span.events,
    input: reading.input ?? null,
    output: reading.output ?? null,
    model: model ?? null,
    provider: provider ?? null,
    ...usageColumns(usage),
    costUsd: reading.costUsd ?? costOf({ models: [model, requestModel], provider, usage }, prices),
    project: reading.project ?? project,
    sessionId: reading.sessionId ?? null,
    userId: reading.userId ?? null,
    tags: reading.tags ?? null,
    metadata: reading.metadata ?? null,
    dialect: reading.dialect ?? null,
    origin: null,
  };
}

/** The columns of a record that hold its usage. */
export function usageColumns(usage: TokenUsage) {
  return {
    inputTokens: usage.inputTokens ?? null,
    outputTokens: usage.outputTokens ?? null,
    cacheReadTokens: usage.cacheReadTokens ?? null,
    cacheWriteTokens: usage.cacheWriteTokens ?? null,
    reasoningTokens: usage.reasoningTokens ?? null,
  };
}

/** What a call cost by the first of the models that has a price; null when no usage is known. */
export function costOf(
  { models, provider, usage }: { models: readonly (string | undefined)[]; provider?: string; usage: TokenUsage },
  prices: PriceTable,
): number | null {
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return null;
  for (const model of models) {
    const cost = costUsd({ provider, model, usage }, prices);
    if (cost !== null) return cost;
  }
  return null;
}

/** Cached tokens that are more than the input were not counted with it: Anthropic's raw usage is like that. */
export function normaliseUsage(usage: TokenUsage): TokenUsage {
  const cached = (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0);
  if (usage.inputTokens === undefined || cached <= usage.inputTokens) return usage;
  return { ...usage, inputTokens: usage.inputTokens + cached };
}

function microseconds([seconds, nanos]: HrTime): number {
  return seconds * 1e6 + Math.round(nanos / 1e3);
}
