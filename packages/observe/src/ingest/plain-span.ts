import type { SpanKind } from "../kind/span-kind.ts";
import type { TokenUsage } from "../prices/prices.ts";

/** A span as OpenTelemetry has it, from any exporter: what a dialect reads. Ids in hex, times in microseconds since 1970. */
export interface PlainSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  startUs: number;
  /** Null while it is open. */
  endUs: number | null;
  status: "unset" | "ok" | "error";
  statusMessage: string | null;
  /** Values may be nested: lists and maps stay what they are. */
  attributes: Record<string, unknown>;
  events: { name: string; timeUs: number; attributes?: Record<string, unknown> }[];
  resource: Record<string, unknown>;
}

/** What a dialect understands of a span. What it does not say stays undefined, so that another one may say it. */
export interface Reading {
  kind?: SpanKind;
  /** The model that answered, else the one that was asked. */
  model?: string;
  requestModel?: string;
  provider?: string;
  usage?: TokenUsage;
  /** As the program itself reports it; else it is computed. */
  costUsd?: number;
  input?: unknown;
  output?: unknown;
  sessionId?: string;
  userId?: string;
  project?: string;
  tags?: string[];
  metadata?: Record<string, unknown>;
  /** Attributes that the other fields now hold; they are not kept a second time. */
  taken?: string[];
}
