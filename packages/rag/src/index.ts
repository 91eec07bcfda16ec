export type { Block, BlockKind, Box, DocumentInfo, Figure, FigureKind, Page, PageStatus } from "./document.ts";
export { linkMentions, sentencesOf } from "./pdf/layout/mentions.ts";
export {
  maxPdfSizeBytes,
  openPdf,
  openPdfFile,
  type PageRecogniser,
  type PdfDocument,
  type ReadPageOptions,
} from "./pdf/open-pdf.ts";
