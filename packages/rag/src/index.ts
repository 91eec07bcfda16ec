export type { Passage } from "./answer/evidence.ts";
export { type CitationStyle, citationStyles } from "./answer/export/citation-style.ts";
export { sheetLanguages } from "./answer/export/sheet-words.ts";
export { answerFormatOf, answerFormats, answerMediaTypes, writeAnswer } from "./answer/export/write-answer.ts";
export { sayUnsupported } from "./answer/facts/say-unsupported.ts";
export type { Unsupported, UnsupportedCitation } from "./answer/facts/unsupported.ts";
export type {
  Block,
  BlockKind,
  Box,
  DocumentInfo,
  DocumentKind,
  Figure,
  FigureKind,
  Page,
  PageStatus,
  Place,
} from "./document.ts";
export { documentKinds } from "./document.ts";
export type { ExtractedRow } from "./extract/extract.ts";
export { readExtractSchema } from "./extract/extract-schema.ts";
export { type Extractions, openExtractions } from "./extract/kept/extractions.ts";
export type { ExtractionRecord, ReviewedRow } from "./extract/kept/kept-types.ts";
export { trainingRows } from "./extract/kept/training-rows.ts";
export { formatOfName, writeRows } from "./extract/write-rows.ts";
export {
  type DescribeOptions,
  type DescriptionCache,
  describeFigure,
  type FigureDescription,
  FigureReading,
} from "./figures/describe.ts";
export { detectKind, mediaTypeOf } from "./kinds/detect-kind.ts";
export type { DocumentFile } from "./kinds/document-file.ts";
export { documentText, openDocument } from "./kinds/open-document.ts";
export { textOf } from "./kinds/read/text-of.ts";
export { showPlace } from "./kinds/show-place.ts";
export { embeddingBytes, embeddingVector } from "./library/embedding-bytes.ts";
export { findDocument } from "./library/find-document.ts";
export { ingestKind } from "./library/ingest-kind.ts";
export { labelDocuments } from "./library/label-documents.ts";
export { openLibrary } from "./library/library.ts";
export type { Refreshable, Refreshed } from "./library/refresh.ts";
export type {
  AddOptions,
  Answer,
  AnswerEvent,
  AnswerMode,
  AnswerSentence,
  AnswerStream,
  AskOptions,
  Chunk,
  ChunkKind,
  ChunkPassages,
  Citation,
  ConversationMessage,
  DocumentRecord,
  DocumentSource,
  DocumentStatus,
  FigureDescriptionRecord,
  FigureRecord,
  Library,
  LibraryModels,
  Region,
  SearchHit,
  SearchOptions,
} from "./library/types.ts";
export { lazyRecogniser } from "./ocr/lazy-recogniser.ts";
export { openRecogniser } from "./ocr/open-recogniser.ts";
export type { OcrLine, RasterImage, Recogniser } from "./ocr/recogniser.ts";
export {
  askOperation,
  documentsOperation,
  embedCatalogueOperation,
  extractKeptOperation,
  extractOperation,
  ImportCatalogueInput,
  importCatalogueOperation,
  ingestOperation,
  type OpenedFile,
  openPath,
  RecommendInput,
  readPageOperation,
  recommendOperation,
  refreshOperation,
  searchOperation,
  summarizeOperation,
} from "./operations/index.ts";
export { linkMentions, sentencesOf } from "./pdf/layout/mentions.ts";
export {
  maxPdfSizeBytes,
  openPdf,
  openPdfFile,
  type PdfDocument,
  type ReadPageOptions,
} from "./pdf/open-pdf.ts";
export type { CatalogueMap } from "./recommend/catalogues/catalogue-map.ts";
export { openCatalogues } from "./recommend/catalogues/catalogues.ts";
export type {
  AddCatalogueOptions,
  CatalogueRecord,
  Catalogues,
  FeedbackRecord,
  OpenCatalogueOptions,
} from "./recommend/catalogues/catalogues-types.ts";
export type { MapLabel } from "./recommend/catalogues/map-labels.ts";
export type { CompareRankingsOptions, RankedSystem, RankingComparison } from "./recommend/evaluate/compare-rankings.ts";
export type { ReaderQuality } from "./recommend/evaluate/evaluate-ranking.ts";
export { type Catalogue, type CatalogueItem, type ItemTag, readCatalogue } from "./recommend/items/catalogue.ts";
export type { CatalogueColumns } from "./recommend/items/catalogue-columns.ts";
export { type CatalogueField, catalogueFields } from "./recommend/items/catalogue-fields.ts";
export type { ItemList } from "./recommend/items/item-list.ts";
export { type Rating, readRatings } from "./recommend/items/ratings.ts";
export { openRecommender } from "./recommend/recommender/open-recommender.ts";
export type {
  Basis,
  FeedbackKind,
  Match,
  OpenRecommenderOptions,
  ReadingHistory,
  Recommendation,
  Recommender,
  RecommenderReport,
  RecommendFilters,
  RecommendOptions,
} from "./recommend/recommender/recommender-types.ts";
export { KeywordIndex } from "./search/keyword-index.ts";
export { VectorIndex } from "./search/vector-index.ts";
export { vectorWeight } from "./search/vector-weight.ts";
export { searchTerms } from "./search/words.ts";
export { type AbstractPair, readAbstractPair } from "./summarize/abstract-pair.ts";
export { SummarySettings } from "./summarize/settings.ts";
export { summarize } from "./summarize/summarize.ts";
export type {
  SummarizeOptions,
  Summary,
  SummaryEvent,
  SummaryStream,
  SummaryStyle,
} from "./summarize/types.ts";
export type { WatchEvent } from "./watch/sync-folder.ts";
export { watchFolder } from "./watch/watch-folder.ts";
