import type { openDocument, Recogniser } from "@loam/pdf";
import type { Store } from "@loam/store";
import type { LibraryModels } from "./types.ts";

/** What every part of a library works with. */
export interface LibraryContext {
  store: Store;
  models: LibraryModels;
  recogniser?: Recogniser;
  openDocument: typeof openDocument;
}

/** Where a document's bytes lie in the blob store. */
export const blobKeys = {
  folder: (documentId: string) => `documents/${documentId}/`,
  /** The ending is that of the first kind that was read; what is in it, the document's row says. */
  original: (documentId: string) => `documents/${documentId}/original.pdf`,
  figure: (documentId: string, figureId: string) => `documents/${documentId}/figures/${figureId}.png`,
};

/** Figure ids are unique within a document only; their rows need more. */
export function figureRowId(documentId: string, figureId: string): string {
  return `${documentId}.${figureId}`;
}
