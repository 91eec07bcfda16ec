import { InputError } from "@loam/core";
import type { PlainSpan } from "../ingest/plain-span.ts";

/** What a request holds: the spans that can be kept, and why the others cannot. */
export interface DecodedSpans {
  spans: PlainSpan[];
  rejected: string[];
}

type Json = Record<string, unknown>;

/**
 * The body of `POST /v1/traces` as JSON (opentelemetry-proto, docs/specification.md): names in lowerCamelCase, ids in
 * hex, 64-bit integers as text or numbers, unknown fields ignored.
 *
 * @throws {InputError} when it is no such request.
 */
export function decodeOtlpJson(body: unknown): DecodedSpans {
  const groups = (body as Json | null)?.resourceSpans;
  if (typeof body !== "object" || body === null || (groups !== undefined && !Array.isArray(groups)))
    throw new InputError("invalid_otlp", "The body is no ExportTraceServiceRequest.", {
      hint: "send `{ resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }`",
    });
  const result: DecodedSpans = { spans: [], rejected: [] };
  for (const group of list(groups)) {
    const resource = attributesOf((group.resource as Json | undefined)?.attributes);
    for (const scope of list(group.scopeSpans ?? group.instrumentationLibrarySpans))
      for (const span of list(scope.spans)) add(result, span, resource);
  }
  return result;
}

function add({ spans, rejected }: DecodedSpans, span: Json, resource: Json): void {
  const traceId = idOf(span.traceId, 16);
  const spanId = idOf(span.spanId, 8);
  if (!traceId || !spanId) {
    rejected.push(
      `${JSON.stringify(String(span.name ?? "")).slice(0, 80)}: ${traceId ? "spanId" : "traceId"} is ` +
        `${JSON.stringify(traceId ? span.spanId : span.traceId)?.slice(0, 80)}, not ${traceId ? 16 : 32} hex digits of which one is not 0`,
    );
    return;
  }
  const startUs = microseconds(span.startTimeUnixNano);
  const endUs = microseconds(span.endTimeUnixNano);
  const status = span.status as Json | undefined;
  spans.push({
    traceId,
    spanId,
    parentSpanId: idOf(span.parentSpanId, 8) ?? null,
    name: typeof span.name === "string" ? span.name : "",
    startUs: startUs || endUs || Date.now() * 1000,
    endUs: endUs || null,
    status: statusOf(status?.code),
    statusMessage: typeof status?.message === "string" && status.message !== "" ? status.message : null,
    attributes: attributesOf(span.attributes),
    events: list(span.events).map((event) => ({
      name: String(event.name ?? ""),
      timeUs: microseconds(event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    })),
    resource,
  });
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((item): item is Json => typeof item === "object" && item !== null) : [];
}

/** An id in hex; one whose bytes are all 0 is none. */
export function idOf(value: unknown, bytes: number): string | undefined {
  if (typeof value !== "string") return undefined;
  const hex = value.toLowerCase();
  return hex.length === 2 * bytes && /^[0-9a-f]+$/.test(hex) && /[^0]/.test(hex) ? hex : undefined;
}

/** Nanoseconds, as text or a number; 0 for what is no time. */
function microseconds(value: unknown): number {
  if (typeof value === "string" && /^\d{1,19}$/.test(value)) return Number(BigInt(value) / 1000n);
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.floor(value / 1000) : 0;
}

export function statusOf(code: unknown): PlainSpan["status"] {
  if (code === 1 || code === "STATUS_CODE_OK") return "ok";
  return code === 2 || code === "STATUS_CODE_ERROR" ? "error" : "unset";
}

function attributesOf(value: unknown): Json {
  const attributes: Json = {};
  for (const { key, value: item } of list(value) as { key?: unknown; value?: unknown }[])
    if (typeof key === "string")
      Object.defineProperty(attributes, key, {
        value: anyValueOf(item, 0),
        enumerable: true,
        writable: true,
        configurable: true,
      });
  return attributes;
}

function anyValueOf(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth > 64) return null;
  const any = value as Json;
  if (any.stringValue !== undefined) return String(any.stringValue);
  if (any.boolValue !== undefined) return any.boolValue === true || any.boolValue === "true";
  if (any.intValue !== undefined) return integerOf(any.intValue);
  if (any.doubleValue !== undefined) return Number(any.doubleValue);
  if (any.bytesValue !== undefined) return String(any.bytesValue);
  if (any.arrayValue !== undefined)
    return (
      ((any.arrayValue as Json | null)?.values as unknown[] | undefined)?.map((item) => anyValueOf(item, depth + 1)) ??
      []
    );
  if (any.kvlistValue !== undefined)
    return Object.fromEntries(
      list((any.kvlistValue as Json | null)?.values).map(({ key, value: item }) => [
        String(key),
        anyValueOf(item, depth + 1),
      ]),
    );
  return null;
}

/** A number where it is exact, else its digits. */
export function integerOf(value: unknown): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
