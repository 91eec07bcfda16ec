/** What written answers use of pdf-lib, in one place: it is carried inside this module when the package is published. */
export {
  beginText,
  endText,
  moveText,
  PDFDocument,
  type PDFFont,
  PDFHexString,
  PDFName,
  type PDFPage,
  type PDFRef,
  PDFString,
  rgb,
  StandardFonts,
  setFillingRgbColor,
  setFontAndSize,
  showText,
} from "pdf-lib";
