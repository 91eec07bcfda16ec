import type { PriceTable } from "../prices/prices.ts";
import { costOf, type SpanRecord } from "../record/span-record.ts";
import { mergeRecords } from "./merge-records.ts";
import { redactRecord } from "./redact-record.ts";
import { type SpanRow, toSpanRow } from "./span-row.ts";

/** The rows of one request, each span once, without secrets. Large bytes are beside them; a mark stands where they were. */
export interface PreparedRows {
  rows: SpanRow[];
  blobs: { bytes: Uint8Array; mark: string; mimeType: string }[];
}

/** Work of this length is interrupted for others. */
const turnMs = 20;

/** All that can be done with spans before the database is asked. */
export async function prepareRows(records: readonly SpanRecord[], prices: PriceTable): Promise<PreparedRows> {
  const blobs: PreparedRows["blobs"] = [];
  const onBytes = (bytes: Uint8Array, mimeType: string) => {
    const mark = `\uE000blob ${blobs.length}\uE000`;
    blobs.push({ bytes, mark, mimeType });
    return mark;
  };
  const bySpan = new Map<string, SpanRecord>();
  let turn = performance.now();
  for (const record of records) {
    const clean = redactRecord(record, onBytes);
    const key = `${record.traceId} ${record.spanId}`;
    const earlier = bySpan.get(key);
    bySpan.set(key, earlier ? priced(mergeRecords(earlier, clean), prices) : clean);
    if (performance.now() - turn < turnMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turn = performance.now();
  }
  return { rows: [...bySpan.values()].map(toSpanRow), blobs };
}

/** One account may have said the model, another one the usage. */
function priced(record: SpanRecord, prices: PriceTable): SpanRecord {
  if (record.costUsd !== null || record.model === null) return record;
  const usage = {
    inputTokens: record.inputTokens ?? undefined,
    outputTokens: record.outputTokens ?? undefined,
    cacheReadTokens: record.cacheReadTokens ?? undefined,
    cacheWriteTokens: record.cacheWriteTokens ?? undefined,
  };
  const provider = record.provider ?? undefined;
  return { ...record, costUsd: costOf({ models: [record.model], provider, usage }, prices) };
}
