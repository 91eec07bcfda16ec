/**
 * What a document is made of, once read. All boxes are in PDF points (1/72 inch) on the page as it is shown
 * (crop box and rotation applied), origin at the top left.
 */

/** `[x0, y0, x1, y1]` with x0 ≤ x1 and y0 ≤ y1. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Where something stands in a file that has no pages of its own, in the words of who reads that file: the page and box
 * beside it are of the pages that the reader set it on.
 */
export interface Place {
  /** The attachment or message part: "invoice.xlsx". */
  part?: string;
  sheet?: string;
  /** "B2" or "B2:D4". */
  cells?: string;
  /** 1-based. */
  slide?: number;
  /** The headings above, outermost first. */
  headings?: string[];
  /** First and last, 1-based. */
  lines?: readonly [first: number, last: number];
}

/** One printed line. */
export interface Line {
  text: string;
  box: Box;
  /** In files without pages of their own. */
  place?: Place;
}

/** How a page ended: its own text layer, recognised from the picture, nothing on it, or an error. */
export type PageStatus = "text" | "ocr" | "empty" | "failed";

export type BlockKind =
  | "heading"
  | "paragraph"
  | "list"
  | "caption"
  | "table"
  | "formula"
  | "header"
  | "footer"
  | "footnote";

/** One block of text in reading order. Lines of a paragraph are joined: hyphenation undone, ligatures expanded. */
export interface Block {
  kind: BlockKind;
  text: string;
  box: Box;
  /** The printed lines of the block, so that a quote can be boxed more tightly than the block. */
  lines: Line[];
  /** 1 for the title or a chapter, 2 for a section, and so on; headings only. */
  level?: number;
  /** `rows[i][j]` is the text of a cell; tables only. `text` holds the same rows, cells joined by " | ". */
  rows?: string[][];
  /** The table began on the page before; its first row is the header from there, unless the page repeats it. */
  continues?: boolean;
}

export type FigureKind = "image" | "drawing" | "table";

/** A picture, chart or table with what is known about it. */
export interface Figure {
  /** Stable within the document: `p3-f1`. */
  id: string;
  /** 1-based. */
  page: number;
  kind: FigureKind;
  box: Box;
  /** "Figure 3", "Table 2", "图 3", as printed; undefined without a caption. */
  label?: string;
  caption?: string;
  captionBox?: Box;
  /** Sentences elsewhere in the document that refer to the label. */
  mentions: { page: number; box: Box; text: string }[];
  /** Text found inside the region, from the text layer or by OCR, in reading order. */
  innerText: string;
  /** PNG of the region at 150–200 dpi. */
  png?: Uint8Array;
  widthPx?: number;
  heightPx?: number;
}

/** One page as it was read. */
export interface Page {
  /** 1-based. */
  number: number;
  /** As printed ("iv"), when the file says so. */
  label?: string;
  widthPt: number;
  heightPt: number;
  status: PageStatus;
  /** Why it failed, or why it is empty. */
  reason?: string;
  blocks: Block[];
  figures: Figure[];
  /** The beginning of the text that the file holds and nobody sees on the page; it is kept out of everything else. */
  hiddenText?: string;
}

/** What a document is, by its bytes; between kinds of text its name decides. */
export const documentKinds = [
  "pdf",
  "docx",
  "pptx",
  "xlsx",
  "html",
  "markdown",
  "epub",
  "email",
  "table",
  "text",
  "image",
] as const;

export type DocumentKind = (typeof documentKinds)[number];

/** What the file says about itself. */
export interface DocumentInfo {
  pageCount: number;
  title?: string;
  author?: string;
  /** SHA-256 of the bytes, hex. */
  contentHash: string;
  sizeBytes: number;
}
