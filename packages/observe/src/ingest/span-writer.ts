import { LoamError } from "@loam/core";
import type { Store } from "@loam/store";
import { builtinPrices, type PriceTable } from "../prices.ts";
import { costOf, type SpanRecord } from "../span-record.ts";
import { blobKey, putBlob } from "./blobs.ts";
import { insertSpans } from "./insert-spans.ts";
import { mergeRecords } from "./merge-records.ts";
import { redactRecord } from "./redact-record.ts";

/** More has arrived than can be written: the client keeps it and comes again. */
export class OverloadedError extends LoamError {
  readonly retryAfterSeconds = 2;

  constructor(waiting: number) {
    super("overloaded", `${waiting} spans wait to be written, which is all that may wait.`, {
      status: 503,
      hint: "send the same again in a few seconds",
      details: { waiting },
    });
  }
}

interface Waiting {
  records: SpanRecord[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Spans of one transaction. A transaction ends with a write to the disk, whose price many requests share. */
const spansAtOnce = 2000;
const maxWaitingSpans = 40_000;

/**
 * The one way by which spans come into the store, whoever brings them. Requests that arrive while a transaction runs
 * are written together in the next one; each is answered when its own spans are committed.
 */
class SpanWriter {
  readonly #store: Store;
  readonly #prices: PriceTable;
  #queue: Waiting[] = [];
  #waiting = 0;
  #running = false;

  constructor(store: Store, prices: PriceTable) {
    this.#store = store;
    this.#prices = prices;
  }

  async write(records: readonly SpanRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.#waiting > 0 && this.#waiting + records.length > maxWaitingSpans) throw new OverloadedError(this.#waiting);
    this.#waiting += records.length;
    try {
      const clean = await this.#clean(records);
      await new Promise<void>((resolve, reject) => {
        this.#queue.push({ records: clean, resolve, reject });
        if (!this.#running) void this.#run();
      });
    } finally {
      this.#waiting -= records.length;
    }
  }

  /** Without secrets; large bytes are blobs from here on, which are on the disk before the spans that link to them. */
  async #clean(records: readonly SpanRecord[]): Promise<SpanRecord[]> {
    const blobs: { bytes: Uint8Array; mark: string; mimeType: string }[] = [];
    const clean: SpanRecord[] = [];
    let lastPause = performance.now();
    for (const record of records) {
      clean.push(
        redactRecord(record, (bytes, mimeType) => {
          const mark = `\uE000blob ${blobs.length}\uE000`;
          blobs.push({ bytes, mark, mimeType });
          return mark;
        }),
      );
      if (performance.now() - lastPause > 20) {
        await new Promise((resolve) => setImmediate(resolve));
        lastPause = performance.now();
      }
    }
    if (blobs.length === 0) return clean;
    const links = new Map<string, string>();
    for (const { bytes, mark, mimeType } of blobs)
      links.set(mark, `/api/blobs/${await putBlob(this.#store, bytes)}?type=${encodeURIComponent(mimeType)}`);
    const text = JSON.stringify(clean).replace(/\uE000blob \d+\uE000/g, (mark) => links.get(mark) ?? mark);
    return JSON.parse(text) as SpanRecord[];
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#queue.length > 0) {
        const batch: Waiting[] = [];
        let count = 0;
        while (this.#queue.length > 0 && (batch.length === 0 || count < spansAtOnce)) {
          const next = this.#queue.shift()!;
          batch.push(next);
          count += next.records.length;
        }
        await this.#commit(batch);
        // Requests that have waited for the database get their turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.#running = false;
    }
  }

  async #commit(batch: Waiting[]): Promise<void> {
    try {
      await this.#insert(batch.flatMap(({ records }) => records));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length === 1) return batch[0]!.reject(error);
      // One request must not cost the others theirs.
      for (const one of batch) await this.#commit([one]);
    }
  }

  /** One account may have said the model, another one the usage. */
  #priced(record: SpanRecord): SpanRecord {
    if (record.costUsd !== null || record.model === null) return record;
    const usage = {
      inputTokens: record.inputTokens ?? undefined,
      outputTokens: record.outputTokens ?? undefined,
      cacheReadTokens: record.cacheReadTokens ?? undefined,
      cacheWriteTokens: record.cacheWriteTokens ?? undefined,
    };
    const provider = record.provider ?? undefined;
    return { ...record, costUsd: costOf({ models: [record.model], provider, usage }, this.#prices) };
  }

  async #insert(records: readonly SpanRecord[]): Promise<void> {
    const bySpan = new Map<string, SpanRecord>();
    for (const record of records) {
      const key = `${record.traceId} ${record.spanId}`;
      const earlier = bySpan.get(key);
      bySpan.set(key, earlier ? this.#priced(mergeRecords(earlier, record)) : record);
    }
    await this.#store.db.transaction(async (tx) => await insertSpans(tx, [...bySpan.values()], this.#prices));
  }
}

const writers = new WeakMap<Store, SpanWriter>();

/**
 * Stores spans from anywhere: this process, or a protocol that brings them in. Secrets are removed, the same span is
 * merged with what is known of it, and once this resolves it is committed.
 *
 * @throws {OverloadedError} when too much waits already.
 */
export async function writeSpans(
  store: Store,
  records: readonly SpanRecord[],
  { prices = builtinPrices }: { prices?: PriceTable } = {},
): Promise<void> {
  let writer = writers.get(store);
  if (!writer) writers.set(store, (writer = new SpanWriter(store, prices)));
  await writer.write(records);
}

/** The bytes that a `/api/blobs/{sha256}` link stands for. */
export async function readBlob(store: Store, sha256: string): Promise<ReadableStream<Uint8Array>> {
  return await store.blobs.stream(blobKey(sha256));
}
