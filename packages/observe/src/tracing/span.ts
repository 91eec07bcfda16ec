import {
  type Attributes,
  type Context,
  context,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { kindAttributes, type SpanKind } from "../kind/span-kind.ts";
import { redact } from "../secrets/redact.ts";
import { redactText } from "../secrets/secrets.ts";
import { nowMs } from "./clock.ts";
import { activeTracer } from "./tracer.ts";

export interface SpanOptions {
  /** What the step does; `chain` unless said otherwise. */
  kind?: SpanKind;
  attributes?: Record<string, unknown>;
  /** `client` for a call that leaves the process. */
  side?: "internal" | "client";
}

/** A span that is open. All values are redacted before they are kept; `undefined` is skipped. */
export interface OpenSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** False while nobody listens: skip preparing costly attributes. */
  readonly recording: boolean;
  set(attributes: Record<string, unknown>): void;
  input(value: unknown): void;
  output(value: unknown): void;
  event(name: string, attributes?: Record<string, unknown>): void;
  /** Records the error and marks the span as failed. The span stays open. */
  fail(error: unknown): void;
  /** Closes the span. Further calls do nothing. */
  end(): void;
  /** Runs `fn` with this span as the current one, so that spans opened inside become its children. */
  run<T>(fn: () => T): T;
}

/** Opens a span under the current one. The caller ends it; prefer {@link span}, which cannot forget to. */
export function openSpan(
  name: string,
  { kind = "chain", attributes = {}, side = "internal" }: SpanOptions = {},
): OpenSpan {
  const parent = context.active();
  const otelSpan = activeTracer().startSpan(
    redactText(name),
    { kind: side === "client" ? OtelSpanKind.CLIENT : OtelSpanKind.INTERNAL, startTime: nowMs() },
    parent,
  );
  const inside: Context = trace.setSpan(parent, otelSpan);
  const recording = otelSpan.isRecording();
  const { traceId, spanId } = otelSpan.spanContext();
  let open = true;
  const set = (values: Record<string, unknown>) => {
    if (recording && open) otelSpan.setAttributes(toAttributes(values));
  };
  set({ ...kindAttributes(kind), ...attributes });
  return {
    traceId,
    spanId,
    recording,
    set,
    input: (value) => recording && set(valueAttributes("input", value)),
    output: (value) => recording && set(valueAttributes("output", value)),
    event: (eventName, values = {}) => {
      if (recording && open) otelSpan.addEvent(redactText(eventName), toAttributes(values), nowMs());
    },
    fail: (error) => {
      if (!recording || !open) return;
      const message = redactText(error instanceof Error ? error.message : String(error));
      otelSpan.addEvent("exception", exceptionAttributes(error, message), nowMs());
      otelSpan.setStatus({ code: SpanStatusCode.ERROR, message });
    },
    end: () => {
      if (open) otelSpan.end(nowMs());
      open = false;
    },
    run: (fn) => context.with(inside, fn),
  };
}

/**
 * Runs `fn` inside a span: children nest under it, its failure is recorded and thrown on, the span ends when the
 * returned value (or promise) settles.
 */
export function span<T>(name: string, options: SpanOptions, fn: (span: OpenSpan) => T): T {
  const opened = openSpan(name, options);
  let result: T;
  try {
    result = opened.run(() => fn(opened));
  } catch (error) {
    opened.fail(error);
    opened.end();
    throw error;
  }
  if (!(result instanceof Promise)) {
    opened.end();
    return result;
  }
  return result.then(
    (value: unknown) => {
      opened.end();
      return value;
    },
    (error: unknown) => {
      opened.fail(error);
      opened.end();
      throw error;
    },
  ) as T;
}

/** The id (32 hex digits) of the trace the caller runs in; undefined outside of any, or while tracing is off. */
export function currentTraceId(): string | undefined {
  const current = trace.getSpanContext(context.active());
  return current && trace.isSpanContextValid(current) ? current.traceId : undefined;
}

/** `input.value` + `input.mime_type`, as OpenInference names them. */
function valueAttributes(side: "input" | "output", value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  return typeof value === "string"
    ? { [`${side}.value`]: value, [`${side}.mime_type`]: "text/plain" }
    : { [`${side}.value`]: JSON.stringify(redact(value)), [`${side}.mime_type`]: "application/json" };
}

/** OpenTelemetry attributes: primitives and arrays of strings stay, everything else becomes JSON text. */
function toAttributes(values: Record<string, unknown>): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(
    redact(values, { maxTotalChars: 262_144, maxStringChars: 131_072 }) ?? {},
  )) {
    if (value === null) continue;
    if (typeof value !== "object") attributes[name] = value;
    else if (Array.isArray(value) && value.every((item) => typeof item === "string")) attributes[name] = value;
    else attributes[name] = JSON.stringify(value);
  }
  return attributes;
}

function exceptionAttributes(error: unknown, message: string): Attributes {
  const code = (error as { code?: unknown } | null)?.code;
  return {
    "exception.type": error instanceof Error ? error.name : typeof error,
    "exception.message": message,
    ...(error instanceof Error && error.stack
      ? { "exception.stacktrace": redactText(error.stack).slice(0, 8192) }
      : {}),
    ...(typeof code === "string" ? { "error.type": code } : {}),
  };
}

/** Notes that something happened on the span the caller runs in; does nothing outside of any. */
export function spanEvent(name: string, attributes: Record<string, unknown> = {}): void {
  trace.getActiveSpan()?.addEvent(redactText(name), toAttributes(attributes), nowMs());
}
