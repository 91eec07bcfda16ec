import { ArgumentError, type OperationControls, operation } from "@loam/core";
import { z } from "zod";
import type { ExtractedRow } from "../extract/extract.ts";
import { readExtractSchema } from "../extract/extract-schema.ts";
import type { Library } from "../library/types.ts";
import { documentIds } from "./ask.ts";

const ExtractInput = z.strictObject({
  schema: z
    .record(z.string(), z.unknown())
    .superRefine((schema, context) => {
      try {
        readExtractSchema(schema);
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
        context.addIssue({ code: "custom", message: error.message });
      }
    })
    .describe("JSON Schema of an object (a row a document) or of an array of objects (a row a record)"),
  documents: documentIds,
  model: z
    .boolean()
    .default(true)
    .describe("let the chat model fill what labels and tables leave open, where there is one"),
});

/** One row as it is read; then how many there were. */
export type ExtractEvent = { type: "row"; row: ExtractedRow } | { type: "done"; rows: number };

export const extractOperation = operation({
  name: "extract",
  summary: "Read the fields of a schema from documents, every value with its page, box and confidence",
  description:
    "Labels and tables are read first; a chat model fills what they leave open, and only with words that stand in the document.",
  lasts: "stream",
  input: ExtractInput,
  run: async (library: Library, { schema, documents, model }, { signal, emit }: OperationControls<ExtractEvent>) => {
    const rows: ExtractedRow[] = [];
    for await (const row of library.extract(schema, { documents, model, signal })) {
      rows.push(row);
      emit({ type: "row", row });
    }
    emit({ type: "done", rows: rows.length });
    return { rows };
  },
});
