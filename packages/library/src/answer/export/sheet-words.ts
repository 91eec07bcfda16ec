import type { AnswerMode, Citation } from "../../library/types.ts";
import type { Found } from "./stands-on.ts";

export const sheetLanguages = ["en", "zh-CN"] as const;
export type SheetLanguage = (typeof sheetLanguages)[number];

/** What a written answer says besides the answer. */
export interface SheetWords {
  said: Record<AnswerMode, (model: string, date: string) => string>;
  status: Record<Found, string>;
  doubt(what: string): string;
  figure(caption: string, source: { name: string; where: string; note: number }): string;
  quoted(text: string): string;
  headings: { notes: string; figures: string; references: string; nearest: string };
  page(first: number, last: number): string;
  sheet(name: string): string;
  slide(number: number): string;
  lines(first: number, last: number): string;
}

export const sheetWords: Record<SheetLanguage, SheetWords> = {
  en: {
    said: {
      generated: (model, date) => `Written by ${model} from the documents cited, ${date}.`,
      extractive: (_, date) => `Sentences of the documents cited, ${date}.`,
      refused: (_, date) => `Refused: the documents do not answer, ${date}.`,
    },
    status: {
      found: "verified: it stands there",
      missing: "not found again on that page",
      gone: "the document is no longer in the library",
    },
    doubt: (what) => `not borne out: ${what}`,
    figure: (caption, { name, where, note }) => `${caption ? `${caption} ` : ""}(${name}, ${where}; note ${note})`,
    quoted: (text) => `“${text}”`,
    headings: { notes: "Notes", figures: "Figures", references: "References", nearest: "What came nearest" },
    page: (first, last) => (first === last ? `p. ${first}` : `pp. ${first}–${last}`),
    sheet: (name) => `sheet ${name}`,
    slide: (number) => `slide ${number}`,
    lines: (first, last) => (first === last ? `line ${first}` : `lines ${first}–${last}`),
  },
  "zh-CN": {
    said: {
      generated: (model, date) => `由 ${model} 根据所引文档写成，${date}。`,
      extractive: (_, date) => `以下句子摘自所引文档，${date}。`,
      refused: (_, date) => `未作答：文档中没有答案，${date}。`,
    },
    status: { found: "已核对：原文在此", missing: "在该页未能再次找到", gone: "该文档已不在文库中" },
    doubt: (what) => `依据不足：${what}`,
    figure: (caption, { name, where, note }) => `${caption ? `${caption} ` : ""}（${name}，${where}；注 ${note}）`,
    quoted: (text) => `“${text}”`,
    headings: { notes: "注释", figures: "图", references: "参考文献", nearest: "最接近的内容" },
    page: (first, last) => (first === last ? `第 ${first} 页` : `第 ${first}–${last} 页`),
    sheet: (name) => `工作表 ${name}`,
    slide: (number) => `第 ${number} 张幻灯片`,
    lines: (first, last) => (first === last ? `第 ${first} 行` : `第 ${first}–${last} 行`),
  },
};

/** Where a source stands: its pages, or what takes a page's place in files without. */
export function whereWords(citations: readonly Citation[], words: SheetWords): string {
  const pages = citations.map(({ page }) => page);
  const { part, sheet, cells, slide, lines, headings } = citations[0]!.place ?? {};
  const said = [
    part,
    sheet !== undefined && words.sheet(sheet),
    cells,
    slide !== undefined && words.slide(slide),
    lines && words.lines(lines[0], lines[1]),
    !lines && headings?.at(-1),
  ].filter(Boolean);
  return said.join(", ") || words.page(Math.min(...pages), Math.max(...pages));
}
