import { type OnProgress, operation } from "@loam/core";
import { z } from "zod";

/** What reads documents for an extraction; the extractions of `openExtractions`. */
interface ExtractionRunner {
  run(
    id: string,
    options: { signal?: AbortSignal; onProgress?: OnProgress },
  ): Promise<{ id: string; rowCount: number; documentsDone: number }>;
}

export const extractKeptOperation = operation({
  name: "extract.kept",
  summary: "Read the documents of an extraction and keep their rows for review",
  description: "Each document is kept as soon as it is read: broken off, it goes on with the next one.",
  lasts: "work",
  input: z.strictObject({ extraction: z.string().min(1).max(200).describe("id of an extraction that was made") }),
  run: async (extractions: ExtractionRunner, { extraction }, { signal, progress }) => {
    const { id, rowCount, documentsDone } = await extractions.run(extraction, { signal, onProgress: progress });
    return { extraction: id, rows: rowCount, documents: documentsDone };
  },
});
