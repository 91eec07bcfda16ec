import { InputError } from "@loam/core";
import type { DocumentKind } from "../../document.ts";
import { readBook } from "./book.ts";
import { type Flow, placeUnderHeadings } from "./flow.ts";
import { readHtml } from "./html.ts";
import { readMail, readSavedPage } from "./mail.ts";
import { readMarkdown } from "./markdown.ts";
import { readDelimited, readPlainText } from "./plain-text.ts";
import { readSheets } from "./sheets.ts";
import { readSlides } from "./slides.ts";
import { textOf } from "./text-of.ts";
import { readWord } from "./word.ts";

/** Kinds whose pages are made here; the others have their own. */
export type FlowKind = Exclude<DocumentKind, "pdf" | "image">;

/**
 * Reads a document of one of the kinds without pages.
 *
 * @throws {InputError} `invalid_file` for one that is damaged, and what its reader says.
 */
export async function readFlow({
  name,
  kind,
  bytes,
}: {
  name: string;
  kind: FlowKind;
  bytes: Uint8Array;
}): Promise<Flow> {
  try {
    return await readers[kind](name, bytes);
  } catch (cause) {
    if (cause instanceof InputError && cause.message.includes(name)) throw cause;
    const why =
      cause instanceof RangeError ? "it is nested too deeply" : cause instanceof Error ? cause.message : String(cause);
    throw new InputError("invalid_file", `${name} cannot be read: ${why}.`, {
      details: { name },
      hint: "save it again",
      cause,
    });
  }
}

const readers: Record<FlowKind, (name: string, bytes: Uint8Array) => Flow | Promise<Flow>> = {
  docx: async (name, bytes) => underHeadings(await readWord(name, bytes)),
  pptx: readSlides,
  xlsx: readSheets,
  epub: readBook,
  markdown: (name, bytes) => readMarkdown(textOf(name, bytes)),
  email: (_, bytes) => readMail(bytes),
  table: (name, bytes) => readDelimited(name, textOf(name, bytes)),
  text: (name, bytes) => readPlainText(textOf(name, bytes)),
  html: async (name, bytes) => {
    const text = htmlText(name, bytes);
    const isSaved = /^(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2}/.test(text.slice(0, 4096).replaceAll("\r\n", "\n"));
    const { title, ...section } = isSaved ? await readSavedPage(bytes) : readHtml(text);
    return underHeadings({ title, sections: [section] });
  },
};

function underHeadings(flow: Flow): Flow {
  placeUnderHeadings(flow.sections);
  return flow;
}

/** Pages of the web say in themselves how they are encoded. */
function htmlText(name: string, bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 2048)).toString("latin1");
  const said = /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
  if (said && !/^utf-?(?:8|16)/i.test(said)) {
    try {
      return new TextDecoder(said).decode(bytes);
    } catch {
      // no encoding that there is
    }
  }
  return textOf(name, bytes);
}
