export type { Block, BlockKind, Box, DocumentInfo, Figure, FigureKind, Page, PageStatus } from "./document.ts";
export {
  type DescribeOptions,
  type DescriptionCache,
  describeFigure,
  type FigureDescription,
  FigureReading,
} from "./figures/describe.ts";
export { openRecogniser } from "./ocr/open-recogniser.ts";
export type { OcrLine, RasterImage, Recogniser } from "./ocr/recogniser.ts";
export { linkMentions, sentencesOf } from "./pdf/layout/mentions.ts";
export {
  maxPdfSizeBytes,
  openPdf,
  openPdfFile,
  type PdfDocument,
  type ReadPageOptions,
} from "./pdf/open-pdf.ts";
