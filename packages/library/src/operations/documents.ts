import { operation } from "@loam/core";
import { z } from "zod";
import type { Library } from "../library/types.ts";

export const documentsOperation = operation({
  name: "documents",
  summary: "List the documents of the library: id, title, pages, state",
  lasts: "moment",
  input: z.strictObject({
    name: z.string().min(1).max(500).optional().describe("only those whose name or title contains this"),
  }),
  run: async (library: Library, { name }) => {
    const wanted = name?.toLowerCase();
    const all = await library.documents();
    return all.filter(
      (document) => wanted === undefined || `${document.name}\n${document.title}`.toLowerCase().includes(wanted),
    );
  },
});

export const readPageOperation = operation({
  name: "read_page",
  summary: "Read one page of a document as text, tables included",
  lasts: "moment",
  input: z.strictObject({
    document: z.string().min(1).max(200).describe("id of a document in the library"),
    page: z.int().min(1).max(100_000).describe("number of the page, from 1"),
  }),
  run: async (library: Library, { document, page }) => {
    const { number, label, status, reason, blocks, figures } = await library.page(document, page);
    return {
      ...{ document, page: number, label, status, reason },
      text: blocks.map(({ text }) => text).join("\n\n"),
      figures: figures.map(({ id, kind, caption }) => ({ id, kind, caption })),
    };
  },
});
