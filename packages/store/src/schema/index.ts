export {
  catalogueFeedback,
  catalogueItems,
  catalogueMaps,
  catalogueRatings,
  catalogues,
  catalogueVectors,
} from "./catalogues.ts";
export { type ChunkKind, type ChunkRegion, chunks } from "./chunks.ts";
export { conversations, messages } from "./conversations.ts";
export { type DocumentStatus, documents } from "./documents.ts";
export { extractedDocuments, extractedRows, extractions } from "./extractions.ts";
export { type DescriptionSource, figureDescriptions, figures } from "./figures.ts";
export { pages } from "./pages.ts";
export {
  type RunError,
  type RunProgress,
  type RunStatus,
  runArtifacts,
  runPoints,
  runSeries,
  runStretches,
  runs,
  runTexts,
} from "./runs.ts";
export { type SpanEvent, spans } from "./spans.ts";
export { summaries } from "./summaries.ts";
export { watchedFiles } from "./watched-files.ts";
