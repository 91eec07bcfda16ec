import type { Page } from "@loam/pdf";
import type { Citation, FigureRecord, Library } from "../../library/types.ts";

/** How a quote fared when it was looked for again: on its pages, not there, or the document is gone. */
export type Found = "found" | "missing" | "gone";

/** Looks for the words of a source on the pages it names, in the text and in what stands in figures. */
export async function standsOn(
  library: Pick<Library, "page" | "figures">,
  citations: readonly Citation[],
): Promise<Found> {
  const { document, quote } = citations[0]!;
  const numbers = [...new Set(citations.map(({ page }) => page))];
  const pages = await Promise.all(numbers.map((number) => library.page(document, number).catch(() => undefined)));
  const figures = citations.some(({ figure }) => figure) ? await library.figures(document).catch(() => []) : [];
  const cited = figures.filter(({ id }) => citations.some(({ figure }) => figure === id));
  const text = lettersOf(
    [...pages.flatMap((page) => (page ? wordsOn(page) : [])), ...cited.flatMap(wordsIn)].join(" "),
  );
  // Cells of a row and labels of a drawing stand apart on the page.
  const pieces = quote
    .split(/ \| | · /)
    .map(lettersOf)
    .filter((piece) => piece !== "");
  return pieces.length > 0 && pieces.every((piece) => text.includes(piece)) ? "found" : "missing";
}

const wordsOn = ({ blocks, figures }: Page): string[] => [
  ...blocks.map(({ text }) => text),
  ...figures.flatMap(({ caption, innerText }) => [caption ?? "", innerText]),
];

const wordsIn = ({ caption, innerText, description, mentions }: FigureRecord): string[] => [
  ...[caption ?? "", innerText, description?.text ?? ""],
  ...mentions.map(({ text }) => text),
];

/** Letters, digits and signs that change a number; breaks and hyphens of a line are no part of what it says. */
const lettersOf = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%+<>=±≤≥]/gu, "");
