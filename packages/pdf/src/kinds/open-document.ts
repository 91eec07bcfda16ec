import { LoamError } from "@loam/core";
import type { DocumentKind, Page } from "../document.ts";
import { openPdf } from "../pdf/open-pdf.ts";
import { detectKind } from "./detect-kind.ts";
import type { DocumentFile, OpenDocumentOptions } from "./document-file.ts";
import { JoinedDocument } from "./joined-document.ts";
import { type FlowDocument, openFlow } from "./open-flow.ts";
import { openImage } from "./open-image.ts";

/** A message in a message in a message: deeper ones are left out. */
const deepestAttachment = 3;
const maxAttachments = 100;

/**
 * Opens a document of any kind: PDF, Word, slides, workbook, page of the web, Markdown, EPUB, e-mail with its
 * attachments, table, text or picture.
 *
 * @throws {InputError} `unsupported_file` for what is none of these, and what the kind's reader says.
 */
export async function openDocument(bytes: Uint8Array, options: OpenDocumentOptions = {}): Promise<DocumentFile> {
  return await openAtDepth(bytes, options, 0);
}

async function openAtDepth(bytes: Uint8Array, options: OpenDocumentOptions, depth: number): Promise<DocumentFile> {
  const kind = detectKind(options.name ?? "the document", bytes);
  if (kind === "pdf") return asFile(await openPdf(bytes, options), "pdf");
  if (kind === "image") return openImage(bytes, options);
  const flow = await openFlow(bytes, kind, options);
  return flow.attachments.length === 0 || depth >= deepestAttachment
    ? flow
    : await withAttachments(flow, options, depth);
}

function asFile<T extends Omit<DocumentFile, "kind">>(file: T, kind: DocumentKind): DocumentFile {
  return Object.assign(file, { kind });
}

/** What cannot be opened of a message is left out of it: a signature, a calendar, a locked file. */
async function withAttachments(
  message: FlowDocument,
  options: OpenDocumentOptions,
  depth: number,
): Promise<DocumentFile> {
  const parts: { name: string; file: DocumentFile }[] = [];
  for (const { name, bytes } of message.attachments.slice(0, maxAttachments)) {
    try {
      parts.push({ name, file: await openAtDepth(bytes, { ...options, name, password: undefined }, depth + 1) });
    } catch (error) {
      if (!(error instanceof LoamError) || options.signal?.aborted) throw error;
    }
  }
  return parts.length === 0 ? message : new JoinedDocument(message, parts);
}

/**
 * The words of a document, for whoever needs no places: blocks in reading order, then what stands in figures and is in
 * no block.
 */
export async function documentText(
  file: DocumentFile,
  options: Parameters<DocumentFile["readPage"]>[1] = {},
): Promise<string> {
  const pages: string[] = [];
  for (let number = 1; number <= file.info.pageCount; number++)
    pages.push(pageText(await file.readPage(number, { ...options, figureImages: "none" })));
  return pages.join("\n\n");
}

function pageText({ blocks, figures }: Page): string {
  const said = blocks.map(({ text }) => text);
  const shown = figures.flatMap(({ caption, innerText }) =>
    [caption, innerText].filter((text) => text && !said.some((block) => block.includes(text))),
  );
  return [...said, ...shown].join("\n\n");
}
