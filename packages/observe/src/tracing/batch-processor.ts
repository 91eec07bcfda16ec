import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { HideOptions } from "./hide.ts";
import { redactSpan } from "./redact-span.ts";

export interface BatchOptions {
  /** Spans kept while the exporter is slow or away; more are dropped, and counted. */
  maxQueuedSpans?: number;
  maxBatchSpans?: number;
  /** Longest time a finished span waits before it is exported. */
  delayMs?: number;
  /** Waits between the attempts to export one batch; its length is the number of retries. */
  retryDelaysMs?: readonly number[];
  /** Whether inputs, outputs and messages leave the process. */
  content?: "full" | "none";
  /** What else is left out or rewritten. */
  hide?: HideOptions;
}

/** What became of the spans that ended. */
export interface TracingReport {
  ended: number;
  exported: number;
  /** Not recorded because the queue was full. */
  droppedQueueFull: number;
  /** Not recorded because the exporter failed on every attempt. */
  droppedExportFailed: number;
  /** Why the last export failed. */
  lastError?: string;
}

/**
 * Collects finished spans and exports them in batches, off the caller's path. Unlike OpenTelemetry's own batch
 * processor it removes secrets first, retries, and counts every span it has to drop.
 */
export class BatchProcessor implements SpanProcessor {
  readonly report: TracingReport = { ended: 0, exported: 0, droppedQueueFull: 0, droppedExportFailed: 0 };
  readonly #exporter: SpanExporter;
  readonly #options: Required<BatchOptions>;
  #queue: ReadableSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(
    exporter: SpanExporter,
    {
      maxQueuedSpans = 65_536,
      maxBatchSpans = 256,
      delayMs = 500,
      retryDelaysMs = [100, 1000],
      content = "full",
      hide = {},
    }: BatchOptions = {},
  ) {
    this.#exporter = exporter;
    this.#options = { maxQueuedSpans, maxBatchSpans, delayMs, retryDelaysMs, content, hide };
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.report.ended++;
    if (this.#closed || this.#queue.length >= this.#options.maxQueuedSpans) {
      this.report.droppedQueueFull++;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= this.#options.maxBatchSpans) void this.#drain();
    else if (!this.#timer) this.#timer = setTimeout(() => void this.#drain(), this.#options.delayMs).unref();
  }

  /** Resolves when everything that had ended before the call is exported or counted as dropped. Never rejects. */
  async forceFlush(): Promise<void> {
    while (this.#queue.length > 0 || this.#draining) await this.#drain();
    await this.#exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    this.#closed = true;
    await this.#exporter.shutdown();
  }

  #drain(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draining ??= this.#exportAll().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #exportAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue
        .splice(0, this.#options.maxBatchSpans)
        .map((span) => redactSpan(span, this.#options.content, this.#options.hide));
      const error = await this.#exportBatch(batch);
      if (error === undefined) this.report.exported += batch.length;
      else {
        this.report.droppedExportFailed += batch.length;
        this.report.lastError = error;
      }
    }
  }

  async #exportBatch(batch: ReadableSpan[]): Promise<string | undefined> {
    let error: string | undefined;
    for (const delayMs of [0, ...this.#options.retryDelaysMs]) {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      error = await this.#attempt(batch);
      if (error === undefined) return undefined;
    }
    return error;
  }

  #attempt(batch: ReadableSpan[]): Promise<string | undefined> {
    return new Promise((resolve) => {
      try {
        this.#exporter.export(batch, ({ code, error }) =>
          resolve(code === 0 ? undefined : (error?.message ?? "unknown")),
        );
      } catch (error) {
        resolve(error instanceof Error ? error.message : String(error));
      }
    });
  }
}
