import { InputError } from "@loam/core";
import type { PlainSpan } from "../ingest/plain-span.ts";
import type { PriceTable } from "../prices/prices.ts";
import { recordOfPlain, type SpanRecord } from "../record/span-record.ts";
import { idOf, statusOf } from "./decode-json.ts";

type Json = Record<string, unknown>;

/**
 * MLflow's `traces.json`: `{ spans: [{ trace_id, span_id: base64, attributes: { name: JSON text } }] }`.
 *
 * @throws {InputError} when it is no such file.
 */
export function decodeTracesJson(bytes: Uint8Array, options: { prices: PriceTable; project: string }): SpanRecord[] {
  let file: unknown;
  try {
    file = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (cause) {
    throw new InputError("invalid_traces", `traces.json is no JSON (${(cause as Error).message}).`, {
      hint: "export the trace again",
      cause,
    });
  }
  const spans = (file as Json | null)?.spans;
  if (!Array.isArray(spans)) return [];
  return (spans as Json[]).flatMap((span) => {
    const plain = plainOf(span);
    return plain ? [recordOfPlain(plain, options)] : [];
  });
}

function plainOf(span: Json): PlainSpan | undefined {
  const traceId = hexOf(span.trace_id, 16);
  const spanId = hexOf(span.span_id, 8);
  if (!traceId || !spanId) return undefined;
  const status = span.status as Json | undefined;
  const endUs = microseconds(span.end_time_unix_nano);
  return {
    traceId,
    spanId,
    parentSpanId: hexOf(span.parent_span_id, 8) ?? null,
    name: String(span.name ?? ""),
    startUs: microseconds(span.start_time_unix_nano) || Date.now() * 1000,
    endUs: endUs || null,
    status: statusOf(status?.code),
    statusMessage: typeof status?.message === "string" && status.message !== "" ? status.message : null,
    attributes: (span.attributes as Json | undefined) ?? {},
    events: ((span.events as Json[] | undefined) ?? []).map((event) => ({
      name: String(event.name ?? ""),
      timeUs: microseconds(event.time_unix_nano ?? event.timestamp),
      attributes: (event.attributes as Json | undefined) ?? {},
    })),
    resource: {},
  };
}

/** Base64 of the bytes, or their hex. */
function hexOf(value: unknown, bytes: number): string | undefined {
  if (typeof value !== "string") return undefined;
  const hex = value.replace(/^(tr-|0x)/, "");
  return idOf(hex, bytes) ?? idOf(Buffer.from(value, "base64").toString("hex"), bytes);
}

function microseconds(value: unknown): number {
  const text = String(value ?? "");
  return /^\d{1,19}$/.test(text) ? Number(BigInt(text) / 1000n) : 0;
}
