import { questionWords } from "@loam/search";
import { documents, pages } from "@loam/store";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { LibraryContext } from "../library/context.ts";

/** A page that a question names. */
export interface AskedPage {
  /** As it is printed or counted: "iii", "12"; "first" or "last". */
  label: string;
  /** The question without it. */
  rest: string;
  /** Nothing is asked but what the page holds. */
  isWhole: boolean;
}

const patterns = [
  /\b(?:on|of|in|at|from)?\s*(?:the\s+)?pages?\s+(?:no\.?\s*|number\s+)?(\d{1,5}|[ivxlc]{1,7})\b/iu,
  /\b(?:on|of|in)\s+p\.\s?(\d{1,5}|[ivxlc]{1,7})\b/iu,
  /\b(?:on|of|in)\s+the\s+(first|last)\s+page\b/iu,
  /(?:在)?第\s*(\d{1,5}|[ivxlc]{1,7})\s*[页頁](?:上|里|中)?/iu,
  // “论文第一页是什么” asks about a title page, not for what is on it.
  /在(最后一|第一)[页頁](?:上|里|中)?/u,
  /(最后一|第一)[页頁](?:(?:上|里|中)|(?=[有写讲说]|的内容))/u,
];
const words: Record<string, string> = { 第一: "first", 最后一: "last" };
/** Words of a question that only asks what a page holds. */
const empty = questionWords(
  "contain contains say says said stand stands written printed find found there 内容 写 有 什么 讲",
);

/** The page that a question is about; undefined when it names none. */
export function askedPage(question: string): AskedPage | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(question);
    if (!match) continue;
    const rest = question.replace(match[0], " ").replace(/\s+/g, " ").trim();
    const isWhole = [...questionWords(rest)].every((word) => empty.has(word));
    return { label: words[match[1]!] ?? match[1]!.toLowerCase(), rest, isWhole };
  }
  return undefined;
}

/** A page of a document, counted from 1. */
export interface PagePlace {
  document: string;
  number: number;
}

/** Where that page is: by its printed label where the document has labels, else by its number. */
export async function pagesAsked(
  db: LibraryContext["store"]["db"],
  { label }: AskedPage,
  among: readonly string[] | undefined,
): Promise<PagePlace[]> {
  const chosen = and(eq(documents.status, "ready"), among ? inArray(documents.id, [...among]) : undefined);
  const all = await db.select({ id: documents.id, pageCount: documents.pageCount }).from(documents).where(chosen);
  const printed = await db
    .select({ document: pages.documentId, number: pages.number, label: sql<string>`lower(${pages.label})` })
    .from(pages)
    .innerJoin(documents, eq(pages.documentId, documents.id))
    .where(and(chosen, sql`${pages.label} is not null`))
    .orderBy(asc(pages.number));
  return all.flatMap(({ id, pageCount }) => {
    if (label === "first") return [{ document: id, number: 1 }];
    if (label === "last") return pageCount ? [{ document: id, number: pageCount }] : [];
    const own = printed.filter(({ document }) => document === id);
    if (own.length > 0)
      return own
        .filter((page) => page.label === label)
        .slice(0, 1)
        .map(({ number }) => ({ document: id, number }));
    const number = Number(label);
    return Number.isInteger(number) && number >= 1 && number <= (pageCount ?? 0) ? [{ document: id, number }] : [];
  });
}
