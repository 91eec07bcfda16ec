import { operation } from "@loam/core";
import { maxQueryLength } from "@loam/search";
import { z } from "zod";
import type { Library } from "../library/types.ts";
import { documentIds } from "./ask.ts";

export const SearchInput = z.strictObject({
  query: z.string().trim().min(1).max(maxQueryLength),
  k: z.int().min(1).max(1000).default(8).describe("number of hits"),
  documents: documentIds,
  pages: z
    .tuple([z.int().min(1), z.int().min(1)])
    .refine(([first, last]) => first <= last, "the first page before the last")
    .optional()
    .describe("only pages from the first to the second, both included"),
  kinds: z
    .array(z.enum(["text", "figure", "table"]))
    .min(1)
    .optional()
    .describe("only these kinds of passages"),
  mode: z.enum(["hybrid", "vector", "keyword"]).default("hybrid").describe("how to look"),
  rerank: z
    .enum(["none", "model"])
    .optional()
    .describe(
      "`model` lets the reranker role, else judge, else chat, reorder the best hits; left out, a reranker does",
    ),
});

export const searchOperation = operation({
  name: "search",
  summary: "Find passages, figures and tables in the library",
  lasts: "moment",
  input: SearchInput,
  run: (library: Library, { query, ...options }, { signal }) => library.search(query, { ...options, signal }),
});
