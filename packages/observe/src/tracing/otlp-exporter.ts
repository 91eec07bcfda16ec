import type { Attributes, AttributeValue, HrTime } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";

/** A batch was not taken. */
export class SendError extends Error {
  /** Whether the same batch may be taken later. */
  readonly mayTryAgain: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, mayTryAgain: boolean, retryAfterMs?: number) {
    super(message);
    this.mayTryAgain = mayTryAgain;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Makes bodies of batches and sends them. */
export interface OtlpSender {
  encode(batch: ReadableSpan[]): string;
  /** @throws {SendError}, or the error of the network. */
  send(text: string): Promise<void>;
}

/**
 * Sends spans to an OpenTelemetry collector as OTLP/HTTP JSON (opentelemetry-proto, docs/specification.md): ids in hex,
 * enums as integers, 64-bit integers as strings.
 */
export class OtlpExporter implements SpanExporter, OtlpSender {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #headers: Record<string, string>;

  /**
   * @param endpoint base URL, as in `OTEL_EXPORTER_OTLP_ENDPOINT`; spans go to `/v1/traces` below it.
   * @param options.headers sent with every request; those of `OTEL_EXPORTER_OTLP_HEADERS` when left out.
   */
  constructor(
    endpoint: string,
    { timeoutMs = 10_000, headers = readHeaders() }: { timeoutMs?: number; headers?: Record<string, string> } = {},
  ) {
    this.#headers = headers;
    this.#url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
    this.#timeoutMs = timeoutMs;
  }

  export(batch: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    this.send(this.encode(batch)).then(
      () => done({ code: 0 }),
      (error: unknown) => done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }

  async shutdown(): Promise<void> {}

  encode(batch: ReadableSpan[]): string {
    return JSON.stringify(toOtlp(batch));
  }

  /** @throws {SendError} when the server refuses or cannot be reached; it says whether trying again may help. */
  async send(text: string): Promise<void> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { ...this.#headers, "content-type": "application/json" },
      body: text,
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    const answer = await response.text();
    if (!response.ok) {
      const seconds = Number(response.headers.get("retry-after"));
      // As OTLP has it; a missing or wrong token is set right by somebody, and costs no spans meanwhile.
      const mayTryAgain = [401, 403, 408, 429, 500, 502, 503, 504].includes(response.status);
      throw new SendError(
        `${this.#url} answered ${response.status}`,
        mayTryAgain,
        seconds > 0 ? seconds * 1000 : undefined,
      );
    }
    const rejected = Number(
      (safeJson(answer)?.partialSuccess as { rejectedSpans?: string } | undefined)?.rejectedSpans ?? 0,
    );
    if (rejected > 0) throw new SendError(`${this.#url} refused ${rejected} of the spans`, false);
  }
}

/** `key=value` pairs with commas between them, percent-encoded as in W3C Baggage. */
function readHeaders({ OTEL_EXPORTER_OTLP_HEADERS: text = "" }: Record<string, string | undefined> = process.env) {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const at = pair.indexOf("=");
    if (at <= 0) continue;
    const value = pair.slice(at + 1).trim();
    try {
      headers[pair.slice(0, at).trim().toLowerCase()] = decodeURIComponent(value);
    } catch {
      headers[pair.slice(0, at).trim().toLowerCase()] = value;
    }
  }
  return headers;
}

function toOtlp(batch: ReadableSpan[]): unknown {
  const byScope = Map.groupBy(batch, (span) => span.instrumentationScope.name);
  return {
    resourceSpans: [
      {
        resource: { attributes: toAttributes({ ...batch[0]?.resource.attributes, "service.name": "loam" }) },
        scopeSpans: [...byScope].map(([name, spans]) => ({ scope: { name }, spans: spans.map(toOtlpSpan) })),
      },
    ],
  };
}

function toOtlpSpan(span: ReadableSpan): unknown {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    ...(span.parentSpanContext ? { parentSpanId: span.parentSpanContext.spanId } : {}),
    name: span.name,
    // The API counts from INTERNAL = 0, the protocol has UNSPECIFIED before it.
    kind: span.kind + 1,
    startTimeUnixNano: nanoseconds(span.startTime),
    endTimeUnixNano: nanoseconds(span.endTime),
    attributes: toAttributes(span.attributes),
    events: span.events.map(({ name, time, attributes = {} }) => ({
      name,
      timeUnixNano: nanoseconds(time),
      attributes: toAttributes(attributes),
    })),
    links: span.links.map(({ context, attributes = {} }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes: toAttributes(attributes),
    })),
    status: { code: span.status.code, ...(span.status.message ? { message: span.status.message } : {}) },
  };
}

function toAttributes(attributes: Attributes): { key: string; value: unknown }[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [{ key, value: toValue(value) }],
  );
}

function toValue(value: AttributeValue): unknown {
  if (Array.isArray(value))
    return { arrayValue: { values: value.flatMap((item) => (item == null ? [] : [toValue(item as AttributeValue)])) } };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanoseconds([seconds, nanos]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
}

function safeJson(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
