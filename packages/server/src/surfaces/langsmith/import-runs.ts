import { type PriceTable, type SpanRecord, writeSpans } from "@loam/observe";
import type { Store } from "@loam/store";
import { type Json, readRun } from "./read-run.ts";

/** Written at once. */
const batchSize = 1000;

/** Takes in the runs of an export, one after another; those that do not say their trace wait until all parents are known. */
export class RunImport {
  readonly #store: Store;
  readonly #options: { project?: string; prices: PriceTable };
  readonly #parents = new Map<string, string>();
  readonly #traces = new Set<string>();
  #waiting: Json[] = [];
  #batch: SpanRecord[] = [];
  #runs = 0;

  constructor(store: Store, options: { project?: string; prices: PriceTable }) {
    this.#store = store;
    this.#options = options;
  }

  async add(run: Json): Promise<void> {
    if (typeof run.parent_run_id === "string") this.#parents.set(String(run.id), run.parent_run_id);
    if (run.trace_id ?? run.dotted_order) await this.#write(run);
    else this.#waiting.push(run);
  }

  async finish(): Promise<{ runs: number; traces: number }> {
    for (const run of this.#waiting) await this.#write({ ...run, trace_id: this.#rootOf(String(run.id)) });
    this.#waiting = [];
    await this.#flush();
    return { runs: this.#runs, traces: this.#traces.size };
  }

  #rootOf(id: string): string {
    let at = id;
    // A cycle has no root: any of its runs will do.
    for (let i = 0; i < 10_000; i++) {
      const parent = this.#parents.get(at);
      if (parent === undefined) break;
      at = parent;
    }
    return at;
  }

  async #write(run: Json): Promise<void> {
    const { project, prices } = this.#options;
    const named = project === undefined ? {} : { session_name: project };
    const context = { prices, traceOf: () => undefined, projectOf: () => undefined };
    const record = readRun({ ...run, ...named }, "post", context);
    this.#traces.add(record.traceId);
    this.#runs++;
    this.#batch.push(record);
    if (this.#batch.length >= batchSize) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#batch.length > 0) await writeSpans(this.#store, this.#batch, { prices: this.#options.prices });
    this.#batch = [];
  }
}
