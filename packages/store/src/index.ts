export { restoreBackup } from "./backup/restore-backup.ts";
export { type BackupContents, writeBackup } from "./backup/write-backup.ts";
export type { BlobStore } from "./blobs/blob-store.ts";
export type { Database } from "./database/database.ts";
export { chooseHome } from "./database/home.ts";
export { openStore, type Store, type StoreOptions, storeOptions } from "./database/store.ts";
export { checkIn } from "./folders/check-in.ts";
export { checkOut } from "./folders/check-out.ts";
export { forgetKept, type KeptPlace, keptBlobKey, keptFilesOf, keptFolder } from "./folders/kept-folder.ts";
export {
  dropShelved,
  findShelved,
  isShared,
  listShelf,
  type Shelf,
  shelve,
  takeShelved,
} from "./folders/shelf.ts";
export { newId } from "./id.ts";
export { type ReadLimits, type ReadResult, ReadTimeoutError } from "./read-only/read-only.ts";
export * from "./schema/evaluation/index.ts";
export {
  type ChunkKind,
  type ChunkRegion,
  catalogueFeedback,
  catalogueItems,
  catalogueMaps,
  catalogueRatings,
  catalogues,
  catalogueVectors,
  chunks,
  conversations,
  type DescriptionSource,
  type DocumentStatus,
  documents,
  extractedDocuments,
  extractedRows,
  extractions,
  figureDescriptions,
  figures,
  messages,
  pages,
  type RunError,
  type RunProgress,
  type RunStatus,
  runArtifacts,
  runPoints,
  runSeries,
  runStretches,
  runs,
  runTexts,
  type SpanEvent,
  spans,
  summaries,
  watchedFiles,
} from "./schema/index.ts";
export * from "./schema/observe/index.ts";
export * from "./schema/platform/index.ts";
export { sealedValues, spentCodes } from "./schema/shared/index.ts";
export * from "./schema/work/index.ts";
export { redactWith } from "./text/redaction.ts";
export { storable, storableJson } from "./text/storable.ts";
