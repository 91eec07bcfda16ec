import { ArgumentError } from "@loam/core";
import type { Store } from "@loam/store";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import { mergePrices, type PriceTable } from "../prices/prices.ts";
import { addSecretsFromEnvironment } from "../secrets/secrets.ts";
import { type BatchOptions, BatchProcessor, type TracingReport } from "./batch-processor.ts";
import type { HideOptions } from "./hide.ts";
import { OtlpExporter } from "./otlp-exporter.ts";
import { SpooledExporter, type SpoolOptions } from "./spooled-exporter.ts";
import { StoreExporter } from "./store-exporter.ts";
import { useProvider } from "./tracer.ts";

export interface TracingOptions extends HideOptions {
  /** Where spans go: Loam's own store … */
  store?: Store;
  /** … any OpenTelemetry exporter (OTLP, console, in memory). */
  exporter?: SpanExporter;
  /** Base URL of an OTLP/HTTP collector that gets the spans as well. */
  otlpEndpoint?: string;
  /**
   * Where spans for `otlpEndpoint` wait until they are taken: a server that is away, or a process that is killed, then
   * loses none of them. Left out, they wait in memory and are dropped after a few attempts.
   */
  spool?: SpoolOptions;
  /** The share of traces that are recorded, from 0 to 1; a trace is recorded as a whole. */
  sampling?: number;
  /** Prices added to, or put over, the built-in table; USD per million tokens. */
  prices?: PriceTable;
  batch?: BatchOptions;
  /** `full` keeps inputs, outputs and messages (secrets removed), `none` only names, times and counts. */
  content?: "full" | "none";
  /** Values of variables with secret-like names are erased from every span. */
  environment?: Record<string, string | undefined>;
}

/** Running tracing. */
export interface Tracing {
  /** Of the first target: the store, where there is one. */
  report(): TracingReport;
  /** Exports everything that has ended so far. */
  flush(): Promise<void>;
  /** Flushes, then stops recording. Spans that had to be dropped are reported as a process warning. */
  stop(): Promise<void>;
}

let running: Tracing | undefined;

/**
 * Starts recording spans. One per process: a second call stops nothing and throws. When the application has an
 * OpenTelemetry context manager or provider of its own, they stay in place and Loam's spans nest correctly with them.
 *
 * @throws {ArgumentError} when it runs already, has nowhere to write, or sampling is no share from 0 to 1.
 */
export function startTracing({
  store,
  exporter,
  otlpEndpoint,
  prices,
  batch,
  content = "full",
  environment = process.env,
  spool,
  sampling = 1,
  ...hide
}: TracingOptions): Tracing {
  if (running)
    throw new ArgumentError(
      "startTracing",
      "called twice",
      "one call per process",
      "stop the first: `await tracing.stop()`",
    );
  const targets: SpanExporter[] = [
    ...(store ? [new StoreExporter(store, mergePrices(prices))] : []),
    ...(exporter ? [exporter] : []),
    ...(otlpEndpoint ? [otlpTarget(otlpEndpoint, spool)] : []),
  ];
  if (targets.length === 0)
    throw new ArgumentError(
      "startTracing",
      {},
      "`store`, `exporter` or `otlpEndpoint`",
      "pass the store that openStore() returned",
    );
  addSecretsFromEnvironment(environment);

  const processors = targets.map((target) => new BatchProcessor(target, { ...batch, content, hide }));
  if (!(sampling >= 0 && sampling <= 1)) throw new ArgumentError("sampling", sampling, "a share from 0 to 1");
  const sampler =
    sampling === 1 ? new AlwaysOnSampler() : new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampling) });
  const provider = new BasicTracerProvider({ sampler, spanProcessors: processors });
  const contextManager = new AsyncLocalStorageContextManager().enable();
  const ownsContext = context.setGlobalContextManager(contextManager);
  const ownsProvider = trace.setGlobalTracerProvider(provider);
  useProvider(provider);
  const flush = async () => {
    await Promise.all(processors.map((processor) => processor.forceFlush()));
  };
  const flushAtExit = () => void flush();
  process.once("beforeExit", flushAtExit);

  running = {
    report: () => ({ ...processors[0]!.report }),
    flush,
    stop: async () => {
      process.off("beforeExit", flushAtExit);
      await provider.shutdown();
      useProvider(undefined);
      if (ownsProvider) trace.disable();
      if (ownsContext) context.disable();
      running = undefined;
      for (const { report } of processors) warnAboutDrops(report);
    },
  };
  return running;
}

function otlpTarget(endpoint: string, spool: SpoolOptions | undefined): SpanExporter {
  const exporter = new OtlpExporter(endpoint);
  return spool ? new SpooledExporter(exporter, spool) : exporter;
}

function warnAboutDrops({ ended, droppedQueueFull, droppedExportFailed, lastError }: TracingReport): void {
  const dropped = droppedQueueFull + droppedExportFailed;
  if (dropped === 0) return;
  process.emitWarning(
    `${dropped} of ${ended} spans were not recorded: ${droppedQueueFull} because the queue was full, ` +
      `${droppedExportFailed} because the export failed${lastError ? ` (${lastError})` : ""}.`,
    { code: "LOAM_SPANS_DROPPED" },
  );
}
