import type { DocumentKind } from "../document.ts";

/** Endings of files that are read. What is not named here may be read all the same: its bytes decide. */
const endings: Record<string, DocumentKind> = {
  pdf: "pdf",
  docx: "docx",
  docm: "docx",
  dotx: "docx",
  pptx: "pptx",
  pptm: "pptx",
  ppsx: "pptx",
  xlsx: "xlsx",
  xlsm: "xlsx",
  html: "html",
  htm: "html",
  xhtml: "html",
  mht: "html",
  mhtml: "html",
  md: "markdown",
  markdown: "markdown",
  epub: "epub",
  eml: "email",
  csv: "table",
  tsv: "table",
  txt: "text",
  text: "text",
  log: "text",
  rst: "text",
  png: "image",
  jpg: "image",
  jpeg: "image",
  webp: "image",
  tif: "image",
  tiff: "image",
  gif: "image",
  avif: "image",
};

/** Whether a file of this name is one that folders are searched for. */
export function isDocumentName(name: string): boolean {
  return kindByName(name) !== undefined;
}

/** The endings of the files that are read: `pdf`, `docx`, … */
export const documentEndings: readonly string[] = Object.keys(endings);

/** What the ending of a name says. */
export function kindByName(name: string): DocumentKind | undefined {
  return endings[/\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
}
