import type { Page } from "@loam/pdf";
import type { LanguageModel } from "ai";
import { askModel } from "./ask-model.ts";
import type { ExtractSchema } from "./extract-schema.ts";
import { findField } from "./find-fields.ts";
import { type ExtractRecord, findRecords } from "./find-records.ts";

/** What was read from one document, or for one record of it. */
export interface ExtractedRow {
  document: string;
  /** The file's name. */
  name: string;
  /** By field; what the document does not state is missing. */
  cells: ExtractRecord;
}

/**
 * The rows of a document: labels and tables first, a model only for the fields that are still open.
 *
 * @param options.model without one, open fields stay open.
 */
export async function extractRows(
  { rows, fields }: ExtractSchema,
  { id, name, pages }: { id: string; name: string; pages: readonly Page[] },
  { model, signal }: { model?: LanguageModel; signal?: AbortSignal } = {},
): Promise<ExtractedRow[]> {
  if (rows === "records") return findRecords(fields, pages).map((cells) => ({ document: id, name, cells }));
  const cells: ExtractRecord = {};
  for (const field of fields) {
    const cell = findField(field, pages);
    if (cell) cells[field.name] = cell;
  }
  const open = fields.filter(({ name: field }) => !(field in cells));
  if (model && open.length > 0) Object.assign(cells, await askModel(open, pages, { model, signal }));
  return [{ document: id, name, cells }];
}
