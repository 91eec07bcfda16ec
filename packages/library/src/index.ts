export type { Passage } from "./answer/evidence.ts";
export { sayUnsupported } from "./answer/facts/say-unsupported.ts";
export type { Unsupported, UnsupportedCitation } from "./answer/facts/unsupported.ts";
export type { ExtractedRow } from "./extract/extract.ts";
export { readExtractSchema } from "./extract/extract-schema.ts";
export { formatOfName, writeRows } from "./extract/write-rows.ts";
export { findDocument } from "./library/find-document.ts";
export { ingestKind } from "./library/ingest-kind.ts";
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
