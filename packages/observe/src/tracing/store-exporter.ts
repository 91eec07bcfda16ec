import type { Store } from "@loam/store";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import { writeSpans } from "../ingest/span-writer.ts";
import type { PriceTable } from "../prices/prices.ts";
import { toSpanRecord } from "../record/span-record.ts";

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
      { prices: this.#prices },
    ).then(
      () => done({ code: 0 }),
      (error: unknown) => done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }

  async shutdown(): Promise<void> {}
}
