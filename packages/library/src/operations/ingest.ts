import { NotFoundError, type OnProgress, operation } from "@loam/core";
import { z } from "zod";

/** What reads a document that the store has; the library of `openLibrary`. */
export interface DocumentReader {
  read(id: string, options: { signal?: AbortSignal; onProgress?: OnProgress }): Promise<void>;
}

const IngestInput = z.strictObject({
  document: z.string().min(1).max(200).describe("id of a document that was accepted"),
});

export const ingestOperation = operation({
  name: "ingest",
  summary: "Read a document: its pages, figures and tables, and make it searchable",
  description: "Goes on at the page it had reached. A document that was removed meanwhile is nothing to read.",
  lasts: "work",
  input: IngestInput,
  run: async (library: DocumentReader, { document }, { signal, progress }) => {
    try {
      await library.read(document, { signal, onProgress: progress });
      return { document, read: true };
    } catch (error) {
      if (error instanceof NotFoundError) return { document, read: false };
      throw error;
    }
  },
});
