import { type OnProgress, operation } from "@loam/core";
import { z } from "zod";
import type { Refreshed } from "../library/refresh.ts";

/** What looks at figures again; the library of `openLibrary`. */
interface FigureRefresher {
  refresh(options: { document?: string; signal?: AbortSignal; onProgress?: OnProgress }): Promise<Refreshed>;
}

export const refreshOperation = operation({
  name: "library.refresh",
  summary: "Let the vision model describe figures that were read before there was one",
  description: "Searches and answers use the new words at once. Broken off, it goes on where it was.",
  lasts: "work",
  input: z.strictObject({
    document: z.string().min(1).max(200).optional().describe("id of one document; the whole library unless given"),
  }),
  run: (library: FigureRefresher, { document }, { signal, progress }) =>
    library.refresh({ document, signal, onProgress: progress }),
});
