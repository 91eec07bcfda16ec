import { ArgumentError } from "@loam/core";
import type { Library } from "../../library/types.ts";
import { type AnsweredQuestion, answerSheet } from "./answer-sheet.ts";
import type { CitationStyle } from "./citation-style.ts";
import type { SheetLanguage } from "./sheet-words.ts";

export const answerFormats = ["docx", "pdf", "html"] as const;
export type AnswerFormat = (typeof answerFormats)[number];

export const answerMediaTypes: Record<AnswerFormat, string> = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pdf: "application/pdf",
  html: "text/html; charset=utf-8",
};

/**
 * An answer as a file: every sentence with footnotes that name document, page and quote, each looked for again on its
 * page, and the cut-outs of the figures it cites.
 *
 * @throws {InputError} `no_font` when a PDF is asked for and the text has signs that no font for it has.
 */
export async function writeAnswer(
  library: Pick<Library, "document" | "page" | "figures" | "figureImage">,
  answered: AnsweredQuestion,
  { format, style = "plain", language }: { format: AnswerFormat; style?: CitationStyle; language?: SheetLanguage },
): Promise<Uint8Array> {
  const sheet = await answerSheet(library, answered, { style, language });
  if (format === "html") return (await import("./write-html.ts")).writeHtml(sheet);
  if (format === "docx") return await (await import("./write-docx.ts")).writeDocx(sheet);
  return await (await import("./write-pdf.ts")).writePdf(sheet);
}

/** The format that a file's name asks for. @throws {ArgumentError} for others than docx, pdf and html. */
export function answerFormatOf(path: string): AnswerFormat {
  const ending = /\.([^.]+)$/.exec(path)?.[1]?.toLowerCase();
  const format = answerFormats.find((one) => one === ending || (one === "html" && ending === "htm"));
  if (format) return format;
  throw new ArgumentError("out", path, `a name that ends in .${answerFormats.join(", .")}`);
}
