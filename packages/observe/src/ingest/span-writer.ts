import { LoamError } from "@loam/core";
import type { Store } from "@loam/store";
import { builtinPrices, type PriceTable } from "../prices/prices.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { blobKey, putBlob } from "./blobs.ts";
import { insertSpans } from "./insert-spans.ts";
import { type PreparedRows, prepareRows } from "./prepare-rows.ts";
import type { SpanRow } from "./span-row.ts";

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
  rows: readonly SpanRow[];
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
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(store: Store, prices: PriceTable) {
    this.#store = store;
    this.#prices = prices;
  }

  /** Milliseconds since it last had something to write. */
  get idleMs(): number {
    return this.#waiting > 0 ? 0 : performance.now() - this.#lastAt;
  }

  /** @param make what is prepared here or in another thread, once there is room for `count` of them. */
  async write(count: number, make: () => Promise<PreparedRows>): Promise<void> {
    if (this.#waiting > 0 && this.#waiting + count > maxWaitingSpans) throw new OverloadedError(this.#waiting);
    this.#waiting += count;
    try {
      const rows = await this.#linked(await make());
      if (rows.length === 0) return;
      await new Promise<void>((resolve, reject) => {
        this.#queue.push({ rows, resolve, reject });
        if (!this.#running) void this.#run();
      });
    } finally {
      this.#waiting -= count;
      this.#lastAt = performance.now();
    }
  }

  /** Large bytes are blobs from here on, which are on the disk before the spans that link to them. */
  async #linked({ rows, blobs }: PreparedRows): Promise<SpanRow[]> {
    if (blobs.length === 0) return rows;
    const links = new Map<string, string>();
    for (const { bytes, mark, mimeType } of blobs)
      links.set(mark, `/api/blobs/${await putBlob(this.#store, bytes)}?type=${encodeURIComponent(mimeType)}`);
    return rows.map((row) => ({
      ...row,
      json: row.json.replace(/\uE000blob \d+\uE000/g, (mark) => links.get(mark) ?? mark),
    }));
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
          count += next.rows.length;
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
      const rows = batch.flatMap((each) => each.rows);
      await this.#store.db.transaction(async (tx) => await insertSpans(tx, rows, this.#prices));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length === 1) return batch[0]!.reject(error);
      // One request must not cost the others theirs.
      for (const one of batch) await this.#commit([one]);
    }
  }
}

const writers = new WeakMap<Store, SpanWriter>();

function writerOf(store: Store, prices: PriceTable): SpanWriter {
  let writer = writers.get(store);
  if (!writer) writers.set(store, (writer = new SpanWriter(store, prices)));
  return writer;
}

/** Milliseconds since this process last had spans of the store to write. */
export const idleMsOf = (store: Store): number => writers.get(store)?.idleMs ?? Number.POSITIVE_INFINITY;

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
  if (records.length === 0) return;
  await writerOf(store, prices).write(records.length, async () => await prepareRows(records, prices));
}

/** As {@link writeSpans}, for spans that another thread prepares; `count` is what is known of their number before. */
export async function writePrepared(
  store: Store,
  count: number,
  make: () => Promise<PreparedRows>,
  { prices }: { prices: PriceTable },
): Promise<void> {
  await writerOf(store, prices).write(count, make);
}

/** The bytes that a `/api/blobs/{sha256}` link stands for. */
export async function readBlob(store: Store, sha256: string): Promise<ReadableStream<Uint8Array>> {
  return await store.blobs.stream(blobKey(sha256));
}
