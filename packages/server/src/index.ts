export { type ServedEvaluationsOptions, servedEvaluations } from "./evaluation/served-evaluations.ts";
export type { UploadLimits } from "./http/upload.ts";
export { type OfferedOperation, type OperationContext, offeredOperations } from "./operations/offered.ts";
export { sealedValues } from "./security/sealed.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
export { type KeySetting, ModelSettings, type RoleSetting, type Settings } from "./services/model-settings.ts";
export { PairScorer } from "./services/pair-scorer.ts";
export { SummaryService } from "./services/summary-service.ts";
export { workKinds } from "./services/work-kinds.ts";
export { type RunningLoam, type StartOptions, startLoam } from "./start-loam.ts";
export { importLangsmith, type LangsmithImport } from "./surfaces/langsmith/import-export.ts";
export { serveMcpOverStdio } from "./surfaces/mcp/stdio.ts";
export { endpointTable, type OpenAiEndpoint, openAiEndpoints } from "./surfaces/openai/endpoints.ts";
export type { DocumentEventJson } from "./surfaces/studio/routes/library/document-events.ts";
export type { UploadResultJson } from "./surfaces/studio/routes/library/uploads.ts";
export type { KeyJson, ModelAtHandJson, RoleJson } from "./surfaces/studio/routes/models.ts";
export type { DatasetResultJson, RunEventJson } from "./surfaces/studio/routes/tune/tune-streams.ts";
export type {
  AnswerEventJson,
  AnswerJson,
  CitationJson,
  MessageJson,
  SearchHitJson,
  SentenceJson,
} from "./surfaces/studio/schemas/answer.ts";
export type {
  BookJson,
  CatalogueJson,
  CatalogueMapJson,
  FacetsJson,
  FeedbackJson,
  RecommendationJson,
} from "./surfaces/studio/schemas/catalogue.ts";
export type { DocumentJson, FigureJson, PageJson, PageSummaryJson } from "./surfaces/studio/schemas/document.ts";
export type {
  EvaluationComparisonJson,
  EvaluationJson,
  EvaluationRowJson,
  EvaluationRowsJson,
  EvaluationSummaryJson,
  PairAlignmentJson,
  PairFactsJson,
  PairScoreJson,
} from "./surfaces/studio/schemas/evaluation.ts";
export type { ExtractionJson, ReviewedRowJson } from "./surfaces/studio/schemas/extraction.ts";
export type { ExperimentRunJson } from "./surfaces/studio/schemas/run.ts";
export type { StoredSummaryJson, SummaryEventJson, SummaryScoresJson } from "./surfaces/studio/schemas/summary.ts";
export type { SpanJson, TraceJson, TraceSummaryJson } from "./surfaces/studio/schemas/trace.ts";
export type {
  AdapterDetailJson,
  AdapterJson,
  BaseJson,
  DatasetJson,
  ForecastJson,
  PreviewRowJson,
  RunDetailJson,
  RunJson,
  SeriesJson,
  SideBySideEventJson,
} from "./surfaces/studio/schemas/tune.ts";
export type { VideoAttentionJson, VideoJson, VideoModelJson } from "./surfaces/studio/schemas/video.ts";
export type {
  ClipSetResultJson,
  VideoRunDetailJson,
  VideoRunEventJson,
  VideoRunJson,
} from "./surfaces/studio/schemas/video-training.ts";
export type { WorkJson } from "./surfaces/studio/schemas/work.ts";
export type { AppType } from "./surfaces/studio/surface.ts";
