import "./secrets/guard-store.ts";

export { type AISDKTelemetry, type ObserveAISDKOptions, observeAISDK } from "./ai-sdk/observe-ai-sdk.ts";
export { type Alert, addAlert, listAlerts } from "./alerts/alerts.ts";
export { checkAlertRules } from "./alerts/check-rules.ts";
export { type DeliveryOptions, deliverNotices, forgetNotices, signWebhook } from "./alerts/deliver.ts";
export {
  type AlertChannel,
  type AlertCondition,
  type AlertRule,
  alertMetrics,
  createAlertRule,
  deleteAlertRule,
  getAlertRule,
  listAlertRules,
  type NewAlertRule,
  updateAlertRule,
} from "./alerts/rules.ts";
export { type AnthropicClient, wrapAnthropic } from "./anthropic/wrap-anthropic.ts";
export {
  createDataset,
  type Dataset,
  type DatasetWithCounts,
  deleteDataset,
  deleteExamples,
  type Example,
  getDataset,
  listDatasets,
  listExamples,
  type NewExample,
  putExamples,
  updateDataset,
  updateExample,
} from "./datasets/datasets.ts";
export {
  type AnnotationQueue,
  addToQueue,
  countQueue,
  createQueue,
  deleteQueue,
  getQueue,
  listQueues,
  type QueueItem,
  queueItems,
  settleQueueItem,
  updateQueue,
} from "./datasets/queues.ts";
export { sharedSpan, shareOf, shareSpan, unshareSpan } from "./datasets/shares.ts";
export { countOf, fromJson, recordOf, textOf } from "./dialects/values.ts";
export {
  createEvaluator,
  deleteEvaluator,
  type Evaluator,
  type EvaluatorConfig,
  type Judge,
  listEvaluators,
  runEvaluators,
  updateEvaluator,
} from "./evaluators/evaluators.ts";
export {
  deleteFeedback,
  type Feedback,
  type FeedbackStats,
  feedbackOfProject,
  feedbackOfSpans,
  type ListFeedbackOptions,
  listFeedback,
  type NewFeedback,
  putFeedback,
} from "./feedback/feedback.ts";
export { langsmithFilter, type SpanTable } from "./filters/langsmith-filter.ts";
export {
  type Comparison,
  compareNumber,
  compareText,
  type Operator,
  type Order,
  parseMlflowFilter,
  parseMlflowOrder,
} from "./filters/mlflow-filter.ts";
export { runFilter, runOrder } from "./filters/run-filter.ts";
export { importRuns } from "./import/import-path.ts";
export type { Imported } from "./import/mlflow-runs.ts";
export {
  checkPath,
  deleteFiles,
  filesOf,
  findFileByMd5,
  findFilesByMd5,
  getFile,
  linkFile,
  listFiles,
  putFile,
  readFileBytes,
  type StoredFile,
  streamFile,
} from "./ingest/files.ts";
export { OverloadedError, readBlob, writeSpans } from "./ingest/span-writer.ts";
export type { SpanKind } from "./kind/span-kind.ts";
export { type OpenAIClient, type WrapOpenAIOptions, wrapOpenAI } from "./openai/wrap-openai.ts";
export { decodeTracesJson } from "./otlp/decode-traces-json.ts";
export { otlpExportResponse, otlpStatus } from "./otlp/encode-response.ts";
export { takeOtlpExport } from "./otlp/take-export.ts";
export {
  builtinPrices,
  costUsd,
  type ModelPrice,
  mergePrices,
  type PriceTable,
  priceOf,
  pricesAsOf,
  type TokenUsage,
} from "./prices/prices.ts";
export { NameTakenError } from "./projects/name-taken.ts";
export { type ProjectOverview, projectOverviews } from "./projects/project-overview.ts";
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
export { purgeRuns } from "./projects/purge-runs.ts";
export { type ListSpansOptions, listSpans } from "./record/list-spans.ts";
export {
  costOf,
  normaliseUsage,
  recordOfPlain,
  type SpanRecord,
  toSpanRecord,
  usageColumns,
} from "./record/span-record.ts";
export type { SpanNode, TraceSummary } from "./record/trace-tree.ts";
export {
  deleteTrace,
  deleteTraces,
  deleteTracesBefore,
  getTrace,
  type Trace,
} from "./record/traces.ts";
export {
  type Artifact,
  type ArtifactCollection,
  artifactAliasesOf,
  artifactOfClient,
  artifactsOfRun,
  commitArtifact,
  createArtifact,
  deleteArtifactAlias,
  ensureCollection,
  findCollection,
  findMember,
  getArtifact,
  linkArtifact,
  listCollections,
  type Membership,
  membershipsOf,
  membersOf,
  setArtifactAlias,
  updateArtifact,
  useArtifact,
  usersOfArtifact,
} from "./registry/artifacts.ts";
export { type Lineage, lineageOf } from "./registry/lineage.ts";
export {
  addModelMetrics,
  createLoggedModel,
  deleteLoggedModel,
  deleteLoggedModelTag,
  getLoggedModel,
  type LoggedModel,
  listLoggedModels,
  updateLoggedModel,
} from "./registry/logged-models.ts";
export {
  knownStages,
  noteVersion,
  type Promotion,
  promoteVersion,
  type RegistryEvent,
  registryEventsOf,
} from "./registry/promote.ts";
export {
  type Aliases,
  aliasesOf,
  createEntry,
  createVersion,
  deleteAlias,
  deleteEntry,
  deleteEntryTag,
  deleteVersion,
  deleteVersionTag,
  findEntry,
  getEntry,
  getVersion,
  latestVersions,
  listEntries,
  listVersions,
  type NewVersion,
  type RegistryEntry,
  type RegistryKind,
  type RegistryVersion,
  setAlias,
  updateEntry,
  updateVersion,
} from "./registry/registry.ts";
export { registeredModels, resolveRegistered, resolveVersion } from "./registry/resolve.ts";
export { isBlockName, type ReportBlock, readBlock } from "./reports/blocks.ts";
export { reportToHtml } from "./reports/export-html.ts";
export { renderBlock } from "./reports/render-block.ts";
export {
  commentOnReport,
  createReport,
  deleteReport,
  getReport,
  listReports,
  type Report,
  type ReportComment,
  type ReportText,
  reportCommentsOf,
  reportVersionsOf,
  updateReport,
} from "./reports/reports.ts";
export { applyRetention, type Retention } from "./retention/apply-retention.ts";
export { archivedTag, type BulkChange, changeRuns, type RunSelection } from "./runs/bulk-runs.ts";
export { type Curve, type CurvesOptions, curvesOf, type Point } from "./runs/curves.ts";
export { allPointsOf, pointsToCsv, pointsToParquet } from "./runs/export-runs.ts";
export { currentValues, type MetricPoint, pointsOf } from "./runs/points.ts";
export { parseRelaxedJson } from "./runs/relaxed-json.ts";
export { type RunColumns, runColumnNames } from "./runs/run-columns.ts";
export { historyCounts, type LineStream, lastLines, lineCounts, linesOf, putLines } from "./runs/run-lines.ts";
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
export { countRuns, type SearchRunsOptions, type StoredRun, searchRuns } from "./runs/search-runs.ts";
export {
  type RunOutcome,
  type StoreRecorder,
  type StoreRecorderOptions,
  storeRecorder,
} from "./runs/store-recorder.ts";
export { createRun, deleteRunTag, logToRun, type NewRun, type RunBatch, updateRun } from "./runs/write-runs.ts";
export { estimateTokens } from "./sdk/estimate-tokens.ts";
export { type RemoteRun, type StartRunOptions, startRun } from "./sdk/remote-run.ts";
export { type JsonValue, type RedactLimits, redact, redactWhole } from "./secrets/redact.ts";
export { addSecret, redactText } from "./secrets/secrets.ts";
export { followTraces, type TraceChange } from "./spans/follow-traces.ts";
export { keepWords } from "./spans/keep-words.ts";
export { type ListTracesOptions, listTraces } from "./spans/list-traces.ts";
export {
  findSpan,
  type ProjectStats,
  projectStats,
  querySpans,
  type SpanCursor,
  type Subtree,
  subtreesOf,
  tracesOfSpans,
} from "./spans/query-spans.ts";
export { binTraces, heldTraces, holdTraces, LegalHoldError, restoreTraces } from "./spans/trace-bin.ts";
export { listTraceRows, putTraceInfo, spansOfTraces, type TraceRow, updateTraceInfo } from "./spans/trace-info.ts";
export { listSessions, type TraceSession, type TraceStats, traceStats } from "./spans/trace-stats.ts";
export { allowedFunctions as sqlFunctions } from "./sql/allowed.ts";
export { resultToCsv, resultToParquet } from "./sql/result-files.ts";
export { runSql, type SqlOptions } from "./sql/run-sql.ts";
export { type SqlView, sqlViews } from "./sql/views.ts";
export type { EarlyStop, SweepConfig, SweepMethod } from "./sweeps/config.ts";
export {
  createAgent,
  createSweep,
  endTrial,
  getSweep,
  giveBackTrial,
  keepTrial,
  listSweeps,
  nextTrial,
  type Sweep,
  type SweepState,
  setSweepState,
  settleSweep,
  sweepOfAgent,
  type Trial,
  trialShouldStop,
  trialsOf,
} from "./sweeps/sweeps.ts";
export { suggestTpe } from "./sweeps/tpe.ts";
export { acceptInvitation, type Invitation, invite, listInvitations, withdrawInvitation } from "./team/invitations.ts";
export {
  addMember,
  isMemberKey,
  listMembers,
  type Member,
  memberOf,
  removeMember,
  sessionOf,
  setMemberRole,
} from "./team/members.ts";
export { exportTensorboard } from "./tensorboard/export.ts";
export { type ImportedRun, importTensorboard, type LogFile } from "./tensorboard/import.ts";
export { type RunMedia, runMedia } from "./tensorboard/media.ts";
export type { BatchOptions, TracingReport } from "./tracing/batch-processor.ts";
export {
  type MessagePart,
  type ModelMessage,
  type ModelRequest,
  type ModelResponse,
  type ModelSpan,
  openModelSpan,
} from "./tracing/gen-ai.ts";
export type { HideOptions } from "./tracing/hide.ts";
export { currentTraceId, type OpenSpan, openSpan, type SpanOptions, span, spanEvent } from "./tracing/span.ts";
export type { SpoolOptions } from "./tracing/spooled-exporter.ts";
export { StoreExporter } from "./tracing/store-exporter.ts";
export { type TraceableOptions, traceable } from "./tracing/traceable.ts";
export { startTracing, type Tracing, type TracingOptions } from "./tracing/tracing.ts";
