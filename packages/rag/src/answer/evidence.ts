import type { Box, Figure, Page } from "../document.ts";
import { captionOf } from "../library/chunk.ts";
import type { LibraryContext } from "../library/context.ts";
import { readPage } from "../library/records.ts";
import type { ChunkKind, Citation, SearchHit } from "../library/types.ts";
import { coveredShare, unionBox } from "../text/box.ts";
import { PlacedText } from "../text/placed-text.ts";
import { splitSentences } from "../text/sentences.ts";

/** A sentence, table row or figure line that can be quoted. */
export interface Passage {
  text: string;
  /** What the text needs beside it to be understood: headings, caption, table header. */
  context: string;
  kind: ChunkKind;
  /** Where it stands; more than one over a page or column break. */
  places: { page: number; box: Box }[];
  figure?: string;
}

/** A hit with everything in it that can be quoted, each with its place. */
export interface Evidence {
  hit: SearchHit;
  passages: Passage[];
}

/** Prepares hits for quoting: reads the pages they stand on and cuts them into passages. */
export async function gatherEvidence(
  { store }: Pick<LibraryContext, "store">,
  hits: readonly SearchHit[],
): Promise<Evidence[]> {
  const cache = new Map<string, Promise<Page | undefined>>();
  const pageOf = (document: string, number: number) => {
    const key = `${document}/${number}`;
    if (!cache.has(key)) cache.set(key, readPage(store.db, document, number));
    return cache.get(key)!;
  };
  return Promise.all(
    hits.map(async (hit) => {
      const numbers = [...new Set(hit.chunk.regions.map(({ page }) => page))];
      const pages = (await Promise.all(numbers.map((number) => pageOf(hit.document, number)))).filter(
        (page) => page !== undefined,
      );
      return { hit, passages: passagesOf(hit, pages) };
    }),
  );
}

/** The quotable passages of a hit. `pages` are those its regions stand on. */
export function passagesOf({ chunk }: Pick<SearchHit, "chunk">, pages: readonly Page[]): Passage[] {
  const headings = chunk.headings.join("\n");
  const figure = pages.flatMap((page) => page.figures).find(({ id }) => id === chunk.figure);
  if (chunk.kind === "table" && chunk.text.includes(" | ")) return tableRows(chunk, figure, headings);
  if (figure) return figureLines(chunk, figure, headings);
  const lines = pages.flatMap((page) =>
    page.blocks
      .flatMap((block) => block.lines)
      .filter(({ box }) =>
        chunk.regions.some((region) => region.page === page.number && coveredShare(box, region.box) > 0.5),
      )
      .map((line) => ({ ...line, page: page.number })),
  );
  const placed = new PlacedText(lines);
  return splitSentences(chunk.text).map((text) => {
    const places = placed.locate(text);
    return { text, context: headings, kind: chunk.kind, places: places.length > 0 ? places : chunk.regions };
  });
}

/** Rows with the caption and header as context; cited by the box of the table. */
function tableRows(chunk: SearchHit["chunk"], figure: Figure | undefined, headings: string): Passage[] {
  const lines = chunk.text.split("\n");
  const header = lines.findIndex((line) => line.includes(" | "));
  const head = lines.slice(0, header + 1);
  const rows = lines.slice(header + 1);
  const label = figure?.label && !head.some((line) => line.includes(figure.label!)) ? [figure.label] : [];
  const context = [headings, ...label, ...head].filter(Boolean).join("\n");
  const places = chunk.regions.slice(0, 1);
  return (rows.length > 0 ? rows : head.slice(-1)).map((text) => ({
    text,
    context,
    kind: "table",
    places,
    figure: chunk.figure,
  }));
}

/** Caption sentences, what stands in the figure, and the sentences that refer to it where they stand. */
function figureLines(chunk: SearchHit["chunk"], figure: Figure, headings: string): Passage[] {
  const caption = captionOf(figure);
  const kind: ChunkKind = figure.kind === "table" ? "table" : "figure";
  const whole = { page: figure.page, box: figure.captionBox ? unionBox(figure.box, figure.captionBox) : figure.box };
  const mentions = new Set(figure.mentions.map(({ text }) => text));
  const own = chunk.text.split("\n").filter((line) => line.trim() && line !== caption && !mentions.has(line));
  const context = [headings, caption].filter(Boolean).join("\n");
  return [
    ...splitSentences(caption).map((text) => ({ text, context: headings, kind, places: [whole], figure: figure.id })),
    ...own.map((text) => ({
      text,
      context,
      kind,
      places: [{ page: figure.page, box: figure.box }],
      figure: figure.id,
    })),
    ...figure.mentions.map(({ text, page, box }) => ({
      text,
      context,
      kind: "text" as const,
      places: [{ page, box }],
    })),
  ];
}

/** The citations of a passage: one for each page and column it stands in. */
export function citationsOf(document: string, { text, kind, places, figure }: Passage): Citation[] {
  return places.map(({ page, box }) => ({ document, page, box, kind, quote: text, figure }));
}
