import type { SpanRecord } from "../record/span-record.ts";
import { redact } from "../secrets/redact.ts";
import { redactText } from "../secrets/secrets.ts";

/** Bytes smaller than this stay in the text they came in. */
const smallDataUrlChars = 4096;

/**
 * What is kept of one span from outside: much more than of a value that this process records itself, since a client
 * reads back what it has written.
 */
const limits = {
  maxStringChars: 1024 ** 2,
  maxTotalChars: 4 * 1024 ** 2,
  maxDepth: 100,
  maxItems: 50_000,
  maxNumbers: 4096,
};

/** A record without secrets; bytes in data URLs are handed to `onBytes`, which answers with the link that stands for them. */
export function redactRecord(record: SpanRecord, onBytes: (bytes: Uint8Array, mimeType: string) => string): SpanRecord {
  const options = {
    ...limits,
    onDataUrl: ({ mimeType, base64 }: { mimeType: string; base64: string }) =>
      base64.length < smallDataUrlChars
        ? `data:${mimeType};base64,${base64}`
        : onBytes(Buffer.from(base64, "base64"), mimeType),
  };
  const clean = <T>(value: T): T => (value === null || value === undefined ? value : (redact(value, options) as T));
  return {
    ...record,
    name: redactText(record.name),
    project: redactText(record.project),
    model: record.model === null ? null : redactText(record.model),
    statusMessage: record.statusMessage === null ? null : redactText(record.statusMessage.slice(0, 1024 ** 2)),
    attributes: clean(record.attributes),
    events: record.events.length > 0 ? clean(record.events) : record.events,
    input: clean(record.input),
    output: clean(record.output),
    metadata: clean(record.metadata),
    tags: clean(record.tags),
    sessionId: record.sessionId === null ? null : redactText(record.sessionId),
    userId: record.userId === null ? null : redactText(record.userId),
    origin: clean(record.origin),
  };
}
