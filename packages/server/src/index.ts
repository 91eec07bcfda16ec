export type { AppType } from "./app.ts";
export { type KeySetting, ModelSettings, type RoleSetting, type Settings } from "./model-settings.ts";
export type { DocumentEventJson } from "./routes/document-events.ts";
export type { KeyJson, RoleJson } from "./routes/models.ts";
export type { DatasetResultJson, RunEventJson } from "./routes/tune-streams.ts";
export type { UploadResultJson } from "./routes/uploads.ts";
export type {
  AnswerEventJson,
  AnswerJson,
  CitationJson,
  MessageJson,
  SearchHitJson,
  SentenceJson,
} from "./schemas/answer.ts";
export type {
  BookJson,
  CatalogueJson,
  CatalogueMapJson,
  FacetsJson,
  FeedbackJson,
  RecommendationJson,
} from "./schemas/catalogue.ts";
export type { DocumentJson, FigureJson, PageJson, PageSummaryJson } from "./schemas/document.ts";
export type {
  EvaluationComparisonJson,
  EvaluationJson,
  EvaluationRowJson,
  EvaluationRowsJson,
  EvaluationSummaryJson,
  PairAlignmentJson,
  PairFactsJson,
  PairScoreJson,
} from "./schemas/evaluation.ts";
export type { StoredSummaryJson, SummaryEventJson, SummaryScoresJson } from "./schemas/summary.ts";
export type { SpanJson, TraceJson, TraceSummaryJson } from "./schemas/trace.ts";
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
} from "./schemas/tune.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
export { type RunningLoam, type StartOptions, startLoam } from "./start-loam.ts";
export type { UploadLimits } from "./upload.ts";
