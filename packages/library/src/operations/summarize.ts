import { type OperationControls, operation } from "@loam/core";
import type { LanguageModel } from "ai";
import { z } from "zod";
import type { Library } from "../library/types.ts";
import { SummarySettings } from "../summarize/settings.ts";
import type { SummaryEvent } from "../summarize/types.ts";

export const summarizeOperation = operation({
  name: "summarize",
  summary: "Summarise a document, each sentence with its page and box",
  description:
    "With a chat model the summary is written, from the whole document or, when that is too long, from notes on its " +
    "parts. Without one it is made of the document's own sentences. References and appendices are left out.",
  lasts: "stream",
  input: z.strictObject({
    document: z.string().min(1).max(200).describe("id of a document in the library"),
    ...SummarySettings.shape,
  }),
  run: async (
    { library, chat }: { library: Pick<Library, "document" | "pages" | "figures">; chat?: LanguageModel },
    { document, ...settings },
    { signal, emit, progress }: OperationControls<SummaryEvent>,
  ) => {
    const { summarize } = await import("../summarize/summarize.ts");
    const stream = summarize(library, document, { ...settings, chat, signal, onProgress: progress });
    for await (const event of stream) emit(event);
    return await stream.result;
  },
});
