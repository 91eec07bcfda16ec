import { type Store, spans } from "@loam/store";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { PriceTable } from "./prices.ts";
import { type SpanRecord, toSpanRecord } from "./span-record.ts";

/** Writes finished spans to the store's `spans` table, a batch in one statement. The same span twice is kept once. */
export class StoreExporter implements SpanExporter {
  readonly #store: Store;
  readonly #prices: PriceTable;

  constructor(store: Store, prices: PriceTable) {
    this.#store = store;
    this.#prices = prices;
  }

  export(batch: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    writeSpans(
      this.#store,
      batch.map((span) => toSpanRecord(span, this.#prices)),
    ).then(
      () => done({ code: 0 }),
      (error: unknown) => done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }

  async shutdown(): Promise<void> {}
}

/** Stores span records from anywhere: the exporter's, or a protocol that brings them in. */
export async function writeSpans(store: Store, records: SpanRecord[]): Promise<void> {
  if (records.length > 0) await store.db.insert(spans).values(records).onConflictDoNothing();
}
