import type { Store } from "@loam/store";
import type { Recogniser } from "../ocr/recogniser.ts";
import type { openPdf } from "../pdf/open-pdf.ts";
import type { LibraryModels } from "./types.ts";

/** What every part of a library works with. */
export interface LibraryContext {
  store: Store;
  models: LibraryModels;
  recogniser?: Recogniser;
  openPdf: typeof openPdf;
}

/** Where a document's bytes lie in the blob store. */
export const blobKeys = {
  folder: (documentId: string) => `documents/${documentId}/`,
  original: (documentId: string) => `documents/${documentId}/original.pdf`,
  figure: (documentId: string, figureId: string) => `documents/${documentId}/figures/${figureId}.png`,
};

/** Figure ids are unique within a document only; their rows need more. */
export function figureRowId(documentId: string, figureId: string): string {
  return `${documentId}.${figureId}`;
}
