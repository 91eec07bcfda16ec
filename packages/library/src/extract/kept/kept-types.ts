import type { ExtractField } from "../extract-schema.ts";
import type { ExtractCell } from "../find-fields.ts";

/** A cell that a person may have set: its place is known where its value stands in the document. */
export type ReviewedCell = Omit<ExtractCell, "page" | "box" | "quote"> &
  Partial<Pick<ExtractCell, "page" | "box" | "quote">>;

/** A row as it stands now: what was read, with a person's corrections over it. */
export interface ReviewedRow {
  document: string;
  /** The file's name. */
  name: string;
  /** Place among the rows of its document, from 0. */
  ordinal: number;
  cells: Record<string, ReviewedCell>;
  /** Fields that a person changed, also those that were emptied. */
  corrected: string[];
  /** A person said that the row is right. */
  reviewed: boolean;
}

/** The reading of a schema's fields from documents, as it is kept. */
export interface ExtractionRecord {
  id: string;
  name: string;
  schema: Record<string, unknown>;
  rows: "documents" | "records";
  fields: Omit<ExtractField, "pattern" | "labels">[];
  /** Ids of the documents that are asked, and how many of them have been read. */
  documents: string[];
  documentsDone: number;
  rowCount: number;
  reviewedCount: number;
  finished: boolean;
  createdAt: Date;
}

/** What a person says about a row. */
export type RowReview =
  | { reviewed: boolean }
  /** `value`: null where the document states nothing; left out, what was read stands again. */
  | { field: string; value?: string | number | boolean | null };
