import type { DocumentKind } from "@loam/pdf";
import { hanShare } from "@loam/search";
import type { DocumentRecord } from "../../library/types.ts";
import type { SheetLanguage } from "./sheet-words.ts";

export const citationStyles = ["plain", "apa", "gbt7714"] as const;
/** `plain` names the file; `apa` is the APA's seventh edition; `gbt7714` is GB/T 7714-2015, numbered. */
export type CitationStyle = (typeof citationStyles)[number];

/** A stretch of text. */
export interface Run {
  text: string;
  italic?: boolean;
}

/** A document as it is cited; `record` is missing once it was removed from the library. */
export interface CitedDocument {
  /** In the order in which an answer cites them. */
  number: number;
  id: string;
  record?: Pick<DocumentRecord, "name" | "title" | "kind" | "author">;
}

interface Said {
  language: SheetLanguage;
  accessed: Date;
}

const kindNames: Record<DocumentKind, string> = {
  pdf: "PDF",
  docx: "Word document",
  pptx: "Slides",
  xlsx: "Workbook",
  html: "Web page",
  markdown: "Markdown document",
  epub: "E-book",
  email: "E-mail",
  table: "Data set",
  text: "Text file",
  image: "Picture",
};

/**
 * The source of a note. Files say who wrote them but hardly ever when they were published, and the date of a file is not
 * that date: `n.d.` stands in APA, the date of the citation in GB/T 7714.
 */
export function noteText(
  style: CitationStyle,
  cited: CitedDocument,
  { where, ...said }: Said & { where: string },
): Run[] {
  const { name } = namesOf(cited);
  if (style === "plain") return [{ text: `${name}, ${where}` }];
  if (style === "gbt7714") return [{ text: gbt(cited, said, pagesOnly(where)) }];
  const authors = authorsOf(cited.record?.author);
  const who: Run = authors.length > 0 ? { text: inText(authors) } : { text: titleOf(cited), italic: true };
  return [{ text: "(" }, who, { text: `, n.d., ${where})` }];
}

/** The list at the end: alphabetical in APA, as numbered otherwise. */
export function orderedReferences(style: CitationStyle, cited: readonly CitedDocument[], said: Said): Run[][] {
  const list = cited.map((document) => ({ document, runs: referenceText(style, document, said) }));
  const plain = (runs: readonly Run[]) => runs.map(({ text }) => text).join("");
  if (style === "apa") list.sort((a, b) => plain(a.runs).localeCompare(plain(b.runs), said.language));
  return list.map(({ runs }) => runs);
}

function referenceText(style: CitationStyle, cited: CitedDocument, said: Said): Run[] {
  const { name, title } = namesOf(cited);
  if (style === "gbt7714") return [{ text: `[${cited.number}] ${gbt(cited, said)}` }];
  if (style === "plain") return [{ text: title === name ? name : `${title} (${name})` }];
  const authors = authorsOf(cited.record?.author).map(apaAuthor);
  const work: Run = { text: title, italic: true };
  const kind = cited.record ? ` [${kindNames[cited.record.kind]}]` : "";
  if (authors.length === 0) return [work, { text: `${kind}. (n.d.).` }];
  const last = authors.at(-1)!;
  const who = authors.length === 1 ? last : `${authors.slice(0, -1).join(", ")}, & ${last}`;
  return [{ text: `${who}${who.endsWith(".") ? "" : "."} (n.d.). ` }, work, { text: `${kind}.` }];
}

/** GB/T 7714-2015 §8: authors. title[type/carrier]: pages[date of the citation]. */
function gbt(cited: CitedDocument, { accessed, language }: Said, pages = ""): string {
  const authors = authorsOf(cited.record?.author);
  const chinese = hanShare(authors.join("")) > 0.3 || (authors.length === 0 && language === "zh-CN");
  const listed = authors.slice(0, 3).map(gbtAuthor).join(", ");
  const who = listed && `${listed}${authors.length > 3 ? (chinese ? ", 等" : ", et al") : ""}. `;
  const kind = cited.record?.kind;
  const mark = kind === "table" || kind === "xlsx" ? "DS" : kind === "html" ? "EB" : kind === "epub" ? "M" : "Z";
  return `${who}${titleOf(cited)}[${mark}/DK]${pages && `: ${pages}`}[${accessed.toISOString().slice(0, 10)}].`;
}

/** The bare numbers of pages: GB/T 7714 writes no "p."; any other place stays as it is. */
const pagesOnly = (where: string): string => where.replace(/^(?:pp?\. |第 )(\d+(?:–\d+)?)(?: 页)?$/, "$1");

const titleOf = (cited: CitedDocument): string => namesOf(cited).title;

function namesOf({ id, record }: CitedDocument): { name: string; title: string } {
  const name = record?.name ?? id;
  return { name, title: (record?.title ?? name).replace(/\s+/g, " ").trim() || name };
}

/** The people in what a file states: "Ada Marsh and Bo Lind", "Marsh, Ada; Lind, Bo", "张三，李四". */
function authorsOf(stated = ""): string[] {
  const clean = stated.replace(/\s+/g, " ").trim().slice(0, 500);
  const joined = clean.includes(";") ? clean.split(";") : clean.split(/\s+(?:and|und|et)\s+|\s*&\s*|[，、]/);
  return joined.flatMap(namesInList).filter((part) => /\p{L}/u.test(part));
}

/** "Ada Marsh, Bo Lind" are two; "Marsh, Ada B." is one. */
function namesInList(part: string): string[] {
  const names = part.split(",").map((name) => name.trim());
  return names.length > 1 && names.every((name) => name.includes(" ")) ? names : [part.trim()];
}

interface PersonName {
  family: string;
  given: string[];
}

/** Undefined for a name that has no parts: a company, a Chinese name. */
function personOf(author: string): PersonName | undefined {
  if (hanShare(author) > 0.3) return undefined;
  const comma = /^([^,]+),\s*(.+)$/.exec(author);
  if (comma) return { family: comma[1]!, given: comma[2]!.split(/[\s.]+/).filter(Boolean) };
  const words = author.split(" ");
  if (words.length < 2 || words.length > 4) return undefined;
  return { family: words.at(-1)!, given: words.slice(0, -1) };
}

const initials = (given: readonly string[], mark: string): string =>
  given.map((word) => `${word[0]!.toUpperCase()}${mark}`).join(" ");

function apaAuthor(author: string): string {
  const person = personOf(author);
  return person ? `${person.family}, ${initials(person.given, ".")}` : author;
}

function gbtAuthor(author: string): string {
  const person = personOf(author);
  return person ? `${person.family.toUpperCase()} ${initials(person.given, "")}` : author;
}

function inText(authors: readonly string[]): string {
  const names = authors.map((author) => personOf(author)?.family ?? author);
  if (names.length > 2) return `${names[0]} et al.`;
  return names.join(" & ");
}
