import { z } from "zod";

/** How a summary is made: every default and limit of it. */
export const SummarySettings = z.strictObject({
  words: z.int().min(10).max(2000).default(150).describe("about how many words"),
  language: z
    .string()
    .min(2)
    .max(35)
    .optional()
    .describe("language to write in: en, zh, de; the paper's own when left out"),
  style: z.enum(["abstract", "bullets", "eli5"]).default("abstract").describe("form of the summary"),
  reference: z
    .enum(["abstract"])
    .optional()
    .describe("leave the paper's own abstract out of the input, and score the summary against it"),
  contextTokens: z
    .int()
    .min(500)
    .max(2_000_000)
    .default(24_000)
    .describe("tokens of the paper that one request may hold"),
});
