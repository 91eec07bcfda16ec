import { InputError } from "@loam/core";
import type { DocumentKind } from "../document.ts";
import { kindByName } from "./document-names.ts";
import { textOf } from "./read/text-of.ts";

const mediaTypes: Record<DocumentKind, string> = {
  pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  // Pages, letters and tables of strangers are shown as what they are written in: a browser runs none of it.
  html: "text/plain; charset=utf-8",
  markdown: "text/plain; charset=utf-8",
  epub: "application/epub+zip",
  email: "text/plain; charset=utf-8",
  table: "text/plain; charset=utf-8",
  text: "text/plain; charset=utf-8",
  image: "application/octet-stream",
};

/** How the original of a document is served. */
export function mediaTypeOf(kind: DocumentKind): string {
  return mediaTypes[kind];
}

/**
 * What a file is, by its first bytes; between kinds of text its name decides.
 *
 * @throws {InputError} `unsupported_file` for what nothing here reads.
 */
export function detectKind(name: string, bytes: Uint8Array): DocumentKind {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Readers accept up to 1024 bytes of anything before the header (PDF 1.7 implementation note 13).
  if (view.subarray(0, 1024).includes("%PDF-")) return "pdf";
  const named = kindByName(name);
  if (named === "pdf") return "pdf"; // its reader says what is wrong with it
  const head = view.subarray(0, 16).toString("latin1");
  if (head.startsWith("PK\u0003\u0004")) return kindOfArchive(name, view);
  if (isImage(head)) return "image";
  if (head.startsWith("\u00d0\u00cf\u0011\u00e0"))
    throw unsupported(name, "an Office file of before 2007", "save it as .docx, .xlsx or .pptx");
  if (head.startsWith("{\\rtf")) throw unsupported(name, "a rich text file (RTF)", "save it as .docx");
  return kindOfText(name, named, textOf(name, bytes.subarray(0, 65_536), { isCut: bytes.length > 65_536 }));
}

/** The names of its entries stand in an archive as they are. */
function kindOfArchive(name: string, view: Buffer): DocumentKind {
  if (view.includes("word/document.xml")) return "docx";
  if (view.includes("ppt/presentation.xml")) return "pptx";
  if (view.includes("xl/workbook.xml")) return "xlsx";
  if (view.includes("META-INF/container.xml")) return "epub";
  throw unsupported(name, "a zip archive and no document", "send its files one by one");
}

function isImage(head: string): boolean {
  return (
    head.startsWith("\u0089PNG\r\n") ||
    head.startsWith("\u00ff\u00d8\u00ff") ||
    head.startsWith("GIF8") ||
    head.startsWith("II*\0") ||
    head.startsWith("MM\0*") ||
    (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") ||
    head.slice(4, 12) === "ftypavif"
  );
}

function kindOfText(name: string, named: DocumentKind | undefined, text: string): DocumentKind {
  const start = text.slice(0, 4096).trimStart();
  if (named === "html" || /^(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!doctype html|<html[\s>])/i.test(start))
    return "html";
  const isLetter = /^(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){3}/.test(start.replaceAll("\r\n", "\n"));
  if (named === "email" || (isLetter && named === undefined && /^(?:mime-version|message-id|received):/im.test(start)))
    return "email";
  if (named === "image" || named === "docx" || named === "pptx" || named === "xlsx" || named === "epub")
    throw unsupported(name, "named as what it is not: it holds text", "give it the ending that it should have");
  return named ?? "text";
}

function unsupported(name: string, what: string, hint: string): InputError {
  return new InputError("unsupported_file", `${name} is ${what}.`, { details: { name }, hint });
}
