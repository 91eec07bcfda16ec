import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { InputError } from "@loam/core";
import type { PlainSpan } from "../ingest/plain-span.ts";
import { type DecodedSpans, integerOf, statusOf } from "./decode-json.ts";

type Attributes = Record<string, unknown>;
/** What to do with each field number of a message; others are skipped. */
type Fields = Record<number, (reader: BinaryReader) => void>;

/**
 * The body of `POST /v1/traces` as protobuf: `opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest`.
 *
 * @throws {InputError} when it is no such message.
 */
export function decodeOtlpProtobuf(bytes: Uint8Array): DecodedSpans {
  const result: DecodedSpans = { spans: [], rejected: [] };
  try {
    read(new BinaryReader(bytes), bytes.length, { 1: (reader) => resourceSpans(reader, result) });
  } catch (cause) {
    throw new InputError("invalid_otlp", `The body is no ExportTraceServiceRequest (${(cause as Error).message}).`, {
      hint: "send protobuf as `application/x-protobuf` or JSON as `application/json`",
      cause,
    });
  }
  return result;
}

function read(reader: BinaryReader, end: number, fields: Fields): void {
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    const known = fields[field];
    if (known) known(reader);
    else reader.skip(wireType, field);
  }
  if (reader.pos !== end) throw new RangeError("a field is longer than its message");
}

/** A message inside a message: its length, then its fields. */
function message(reader: BinaryReader, fields: Fields): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError("the message is cut off");
  read(reader, end, fields);
}

function resourceSpans(reader: BinaryReader, result: DecodedSpans): void {
  // The resource may come after the spans that it describes.
  const resource: Attributes = {};
  message(reader, {
    1: (r) => message(r, { 1: (rr) => keyValue(rr, resource) }),
    2: (r) => message(r, { 2: (rr) => span(rr, resource, result) }),
  });
}

function span(reader: BinaryReader, resource: Attributes, { spans, rejected }: DecodedSpans): void {
  let traceId = "";
  let spanId = "";
  let endUs = 0;
  const plain: PlainSpan = {
    traceId: "",
    spanId: "",
    parentSpanId: null,
    name: "",
    startUs: 0,
    endUs: null,
    status: "unset",
    statusMessage: null,
    attributes: {},
    events: [],
    resource,
  };
  message(reader, {
    1: (r) => (traceId = hex(r.bytes())),
    2: (r) => (spanId = hex(r.bytes())),
    4: (r) => (plain.parentSpanId = isId(hex(r.bytes()), 8)),
    5: (r) => (plain.name = r.string()),
    7: (r) => (plain.startUs = microseconds(r)),
    8: (r) => (endUs = microseconds(r)),
    9: (r) => keyValue(r, plain.attributes),
    11: (r) => plain.events.push(event(r)),
    15: (r) =>
      message(r, {
        2: (rr) => (plain.statusMessage = rr.string() || null),
        3: (rr) => (plain.status = statusOf(rr.int32())),
      }),
  });
  if (!isId(traceId, 16) || !isId(spanId, 8)) {
    rejected.push(
      `${JSON.stringify(plain.name).slice(0, 80)}: the trace id is "${traceId.slice(0, 64)}", the span id ` +
        `"${spanId.slice(0, 64)}"; expected 16 and 8 bytes of which one is not 0`,
    );
    return;
  }
  spans.push({
    ...plain,
    traceId,
    spanId,
    startUs: plain.startUs || endUs || Date.now() * 1000,
    endUs: endUs || null,
  });
}

function event(reader: BinaryReader): PlainSpan["events"][number] {
  const attributes: Attributes = {};
  const result = { name: "", timeUs: 0, attributes };
  message(reader, {
    1: (r) => (result.timeUs = microseconds(r)),
    2: (r) => (result.name = r.string()),
    3: (r) => keyValue(r, attributes),
  });
  return result;
}

function keyValue(reader: BinaryReader, target: Attributes, depth = 0): void {
  let key = "";
  let value: unknown = null;
  message(reader, { 1: (r) => (key = r.string()), 2: (r) => (value = anyValue(r, depth + 1)) });
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function anyValue(reader: BinaryReader, depth: number): unknown {
  if (depth > 64) {
    reader.skip(WireType.LengthDelimited);
    return null;
  }
  let value: unknown = null;
  message(reader, {
    1: (r) => (value = r.string()),
    2: (r) => (value = r.bool()),
    3: (r) => (value = integerOf(r.int64())),
    4: (r) => (value = r.double()),
    5: (r) => {
      const items: unknown[] = [];
      message(r, { 1: (rr) => items.push(anyValue(rr, depth + 1)) });
      value = items;
    },
    6: (r) => {
      const map: Attributes = {};
      message(r, { 1: (rr) => keyValue(rr, map, depth + 1) });
      value = map;
    },
    7: (r) => (value = Buffer.from(r.bytes()).toString("base64")),
  });
  return value;
}

function microseconds(reader: BinaryReader): number {
  return Number(BigInt(reader.fixed64()) / 1000n);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function isId(id: string, bytes: number): string | null {
  return id.length === 2 * bytes && /[^0]/.test(id) ? id : null;
}
