import type { Library } from "../library/types.ts";
import { abstractLike, readPaper } from "./paper.ts";

/** A paper's text without its abstract, and the abstract: what a summary is made from, and what it is held against. */
export interface AbstractPair {
  /** Running text of the body, headings on lines of their own. */
  text: string;
  abstract: string;
  /** Page of the abstract. */
  page: number;
}

/** Undefined for a document without an abstract, or with nothing beside it. */
export async function readAbstractPair(
  library: Pick<Library, "pages" | "figures">,
  document: string,
): Promise<AbstractPair | undefined> {
  const paper = readPaper(await library.pages(document), await library.figures(document), { abstract: "omit" });
  const text = paper.sections
    .map(({ heading, paragraphs }) => [
      ...(heading ? [heading] : []),
      ...paragraphs.map((sentences) => sentences.map((sentence) => sentence.text).join(" ")),
    ])
    .map((lines) => lines.join("\n"))
    .join("\n\n")
    .trim();
  const abstract = abstractLike(paper.abstracts, text);
  return abstract && text !== "" ? { text, abstract: abstract.text, page: abstract.page } : undefined;
}
