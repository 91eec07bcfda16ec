import type { Box, DocumentInfo, DocumentKind, Page } from "../document.ts";
import type { ReadPageOptions } from "../pdf/open-pdf.ts";

/** An open document of any kind. Pages are read one by one, on request. */
export interface DocumentFile {
  readonly info: DocumentInfo;
  readonly kind: DocumentKind;
  /** Never throws for a bad page: it comes back with the status "failed" and a reason. */
  readPage(pageNumber: number, options?: ReadPageOptions): Promise<Page>;
  /** Draws a page, or a box of it (points), as PNG. */
  renderPage(
    pageNumber: number,
    options?: { dpi?: number; box?: Box },
  ): Promise<{ png: Uint8Array; widthPx: number; heightPx: number }>;
  close(): void;
}

export interface OpenDocumentOptions {
  /** What errors call the file, and what decides between kinds of text. */
  name?: string;
  password?: string;
  signal?: AbortSignal;
}
