export type { Passage } from "./answer/evidence.ts";
export { type CitationStyle, citationStyles } from "./answer/export/citation-style.ts";
export { sheetLanguages } from "./answer/export/sheet-words.ts";
export { answerFormatOf, answerFormats, answerMediaTypes, writeAnswer } from "./answer/export/write-answer.ts";
export { sayUnsupported } from "./answer/facts/say-unsupported.ts";
export type { Unsupported, UnsupportedCitation } from "./answer/facts/unsupported.ts";
export type { ExtractedRow } from "./extract/extract.ts";
export { readExtractSchema } from "./extract/extract-schema.ts";
export { type Extractions, openExtractions } from "./extract/kept/extractions.ts";
export type { ExtractionRecord, ReviewedRow } from "./extract/kept/kept-types.ts";
export { trainingRows } from "./extract/kept/training-rows.ts";
export { formatOfName, writeRows } from "./extract/write-rows.ts";
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
export { askOperation } from "./operations/ask.ts";
export { documentsOperation, readPageOperation } from "./operations/documents.ts";
export { extractOperation } from "./operations/extract.ts";
export { extractKeptOperation } from "./operations/extract-kept.ts";
export { ingestOperation } from "./operations/ingest.ts";
export { refreshOperation } from "./operations/refresh.ts";
export { searchOperation } from "./operations/search.ts";
export { summarizeOperation } from "./operations/summarize.ts";
export { type AbstractPair, readAbstractPair } from "./summarize/abstract-pair.ts";
export { SummarySettings } from "./summarize/settings.ts";
export { summarize } from "./summarize/summarize.ts";
export type { SummarizeOptions, Summary, SummaryEvent, SummaryStream, SummaryStyle } from "./summarize/types.ts";
export type { WatchEvent } from "./watch/sync-folder.ts";
export { watchFolder } from "./watch/watch-folder.ts";
