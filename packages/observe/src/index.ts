export * from "./alerts/alerts.ts";
export type { BatchOptions, TracingReport } from "./batch-processor.ts";
export * from "./datasets/datasets.ts";
export * from "./datasets/queues.ts";
export * from "./datasets/shares.ts";
export { countOf, fromJson, recordOf, textOf } from "./dialects/values.ts";
export * from "./feedback/feedback.ts";
export * from "./filters/langsmith-filter.ts";
export * from "./filters/mlflow-filter.ts";
export * from "./filters/run-filter.ts";
export {
  type MessagePart,
  type ModelMessage,
  type ModelRequest,
  type ModelResponse,
  type ModelSpan,
  openModelSpan,
} from "./gen-ai.ts";
export * from "./ingest/files.ts";
export { OverloadedError, readBlob, writeSpans } from "./ingest/span-writer.ts";
export { type ListSpansOptions, listSpans } from "./list-spans.ts";
export { type OpenAIClient, type WrapOpenAIOptions, wrapOpenAI } from "./openai/wrap-openai.ts";
export { type DecodedSpans, decodeOtlpJson } from "./otlp/decode-json.ts";
export { decodeOtlpProtobuf } from "./otlp/decode-protobuf.ts";
export { decodeTracesJson } from "./otlp/decode-traces-json.ts";
export { otlpExportResponse, otlpStatus } from "./otlp/encode-response.ts";
export {
  builtinPrices,
  costUsd,
  type ModelPrice,
  mergePrices,
  type PriceTable,
  pricesAsOf,
  type TokenUsage,
} from "./prices.ts";
export { NameTakenError } from "./projects/name-taken.ts";
export {
  createProject,
  deleteProject,
  ensureProject,
  findProject,
  getProject,
  type ListProjectsOptions,
  listProjects,
  type NewProject,
  type Project,
  type ProjectKey,
  updateProject,
} from "./projects/projects.ts";
export { type JsonValue, type RedactLimits, redact } from "./redact.ts";
export * from "./registry/artifacts.ts";
export * from "./registry/logged-models.ts";
export * from "./registry/registry.ts";
export { downsample, type Point } from "./runs/downsample.ts";
export * from "./runs/points.ts";
export * from "./runs/purge-runs.ts";
export * from "./runs/relaxed-json.ts";
export * from "./runs/run-lines.ts";
export { runSeries, sparklines } from "./runs/run-series.ts";
export {
  deleteRun,
  getRun,
  listRuns,
  queueRun,
  type Run,
  type RunState,
  runArtifactsOf,
  runColumns,
  runTextsOf,
  setRunTags,
  settleRun,
  silentSeconds,
} from "./runs/runs.ts";
export * from "./runs/search-runs.ts";
export {
  type RunOutcome,
  type StoreRecorder,
  type StoreRecorderOptions,
  storeRecorder,
} from "./runs/store-recorder.ts";
export * from "./runs/write-runs.ts";
export { addSecret, redactText } from "./secrets.ts";
export { currentTraceId, type OpenSpan, openSpan, type SpanOptions, span, spanEvent } from "./span.ts";
export type { SpanKind } from "./span-kind.ts";
export { costOf, normaliseUsage, recordOfPlain, type SpanRecord, toSpanRecord, usageColumns } from "./span-record.ts";
export * from "./spans/query-spans.ts";
export * from "./spans/trace-info.ts";
export { StoreExporter } from "./store-exporter.ts";
export * from "./sweeps/config.ts";
export * from "./sweeps/sweeps.ts";
export { suggestTpe } from "./sweeps/tpe.ts";
export { exportTensorboard } from "./tensorboard/export.ts";
export { type ImportedRun, importTensorboard, type LogFile } from "./tensorboard/import.ts";
export { type RunMedia, runMedia } from "./tensorboard/media.ts";
export type { SpanNode, TraceSummary } from "./trace-tree.ts";
export { type TraceableOptions, traceable } from "./traceable.ts";
export {
  deleteTrace,
  deleteTraces,
  deleteTracesBefore,
  getTrace,
  type ListTracesOptions,
  listTraces,
  type Trace,
} from "./traces.ts";
export { startTracing, type Tracing, type TracingOptions } from "./tracing.ts";
