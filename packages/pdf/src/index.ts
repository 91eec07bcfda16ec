export {
  type Block,
  type BlockKind,
  type Box,
  type DocumentInfo,
  type DocumentKind,
  documentKinds,
  type Figure,
  type FigureKind,
  type Line,
  type Page,
  type PageStatus,
  type Place,
} from "./document.ts";
export { readValue } from "./figures/chart/value.ts";
export {
  type DescribeOptions,
  type DescriptionCache,
  describeFigure,
  type FigureDescription,
  FigureReading,
} from "./figures/describe.ts";
export { detectKind, mediaTypeOf } from "./kinds/detect-kind.ts";
export type { DocumentFile } from "./kinds/document-file.ts";
export { isDocumentName } from "./kinds/document-names.ts";
export { documentText, openDocument } from "./kinds/open-document.ts";
export { textOf } from "./kinds/read/text-of.ts";
export { showPlace } from "./kinds/show-place.ts";
export { lazyRecogniser } from "./ocr/lazy-recogniser.ts";
export { openRecogniser } from "./ocr/open-recogniser.ts";
export type { OcrLine, RasterImage, Recogniser } from "./ocr/recogniser.ts";
export { takeCaptionAhead } from "./pdf/layout/caption-ahead.ts";
export { continueTable } from "./pdf/layout/continue-table.ts";
export { linkMentions, sentencesOf } from "./pdf/layout/mentions.ts";
export { maxPdfSizeBytes, openPdf, openPdfFile, type PdfDocument, type ReadPageOptions } from "./pdf/open-pdf.ts";
export { coveredShare, unionBox } from "./text/box.ts";
export { type PlacedLine, PlacedText, type QuotePlace } from "./text/placed-text.ts";
export { splitSentences } from "./text/sentences.ts";
export { splitTable } from "./text/table-header.ts";
