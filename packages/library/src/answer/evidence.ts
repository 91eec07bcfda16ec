import type { Figure, Page } from "@loam/pdf";
import { coveredShare, PlacedText, type QuotePlace, splitSentences, unionBox } from "@loam/pdf";
import { searchTerms } from "@loam/search";
import { documents } from "@loam/store";
import { inArray } from "drizzle-orm";
import type { LibraryContext } from "../library/context.ts";
import type { ChunkKind, Citation, Region, SearchHit } from "../library/types.ts";
import { captionOf } from "../records/chunk.ts";
import { readPage } from "../records/records.ts";

/** A sentence, table row or figure line that can be quoted. */
export interface Passage {
  text: string;
  /** What the text needs beside it to be understood: headings, caption. */
  context: string;
  /** What names its values: the header of the table that a row belongs to, the caption over a figure's own words. */
  header?: string;
  /** What all values of its chart are of: caption and titles. Weighs as a header does. */
  about?: string;
  /** Of the figure it belongs to: "Figure 3". */
  label?: string;
  kind: ChunkKind;
  /** Where it stands; more than one over a page or column break. */
  places: QuotePlace[];
  figure?: string;
  /** Labels of a drawing one after another, no sentence: quoted only for a word of the question that stands in them. */
  labels?: boolean;
  /** A heading: it is quoted only when it says something besides what was asked ("Curator: Hedwig Solberg"). */
  heading?: boolean;
}

/** A hit with everything in it that can be quoted, each with its place. */
export interface Evidence {
  hit: SearchHit;
  passages: Passage[];
  /** Of the document: two files can be told apart. */
  name?: string;
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
  const ids = [...new Set(hits.map(({ document }) => document))];
  const rows =
    ids.length === 0
      ? []
      : await store.db
          .select({ id: documents.id, name: documents.name })
          .from(documents)
          .where(inArray(documents.id, ids));
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return Promise.all(
    hits.map(async (hit) => {
      const numbers = [...new Set(hit.chunk.regions.map(({ page }) => page))];
      const pages = (await Promise.all(numbers.map((number) => pageOf(hit.document, number)))).filter(
        (page) => page !== undefined,
      );
      return { hit, passages: passagesOf(hit, pages), name: names.get(hit.document) };
    }),
  );
}

/** The quotable passages of a hit. `pages` are those its regions stand on. */
function passagesOf({ chunk }: Pick<SearchHit, "chunk">, pages: readonly Page[]): Passage[] {
  const headings = chunk.headings.join("\n");
  const figure = pages.flatMap((page) => page.figures).find(({ id }) => id === chunk.figure);
  if (chunk.kind === "table" && chunk.text.includes(" | ")) return tableRows(chunk, figure, { headings, pages });
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
  const sentences = wholeSentences(chunk.text).map((text): Passage => {
    const places = placed.locate(text);
    return { text, context: headings, kind: chunk.kind, places: places.length > 0 ? places : chunk.regions };
  });
  return [...sentences, ...headingPassages(chunk.headings, pages)];
}

/** The headings over a chunk that stand on its pages. */
function headingPassages(headings: readonly string[], pages: readonly Page[]): Passage[] {
  return pages.flatMap(({ number, blocks }) =>
    blocks
      .map((block) => ({ block, text: block.text.replace(/\s+/g, " ").trim() }))
      .filter(({ block, text }) => block.kind === "heading" && headings.includes(text))
      .map(({ block, text }): Passage => {
        const context = headings.slice(0, headings.indexOf(text)).join("\n");
        return { text, context, kind: "text", places: [placeOfBlock(block, number)], heading: true };
      }),
  );
}

/** Sentences, very short ones (an author before the title in a reference) together with the next. */
function wholeSentences(text: string): string[] {
  const whole: string[] = [];
  let short = "";
  for (const sentence of splitSentences(text)) {
    const joined = short ? `${short} ${sentence}` : sentence;
    if (searchTerms(joined).length < 5) short = joined;
    else {
      whole.push(joined);
      short = "";
    }
  }
  if (short) whole.push(short);
  return whole;
}

/** Rows with the caption as context and the header; cited by the box of the table. */
function tableRows(
  chunk: SearchHit["chunk"],
  figure: Figure | undefined,
  { headings, pages }: { headings: string; pages: readonly Page[] },
): Passage[] {
  const lines = chunk.text.split("\n");
  const caption = figure ? captionOf(figure) : undefined;
  // A caption may hold the separator itself ("Table 4 | Comparison").
  const header = lines.findIndex((line) => line.includes(" | ") && line !== caption);
  const rows = lines.slice(header + 1);
  const context = [headings, figure?.label, ...lines.slice(0, header)].filter(Boolean).join("\n");
  const places = chunk.regions.slice(0, 1);
  const rowPlaces = placesOfRows(chunk.regions[0], pages);
  const common = { context, kind: "table" as const, places, figure: chunk.figure, label: figure?.label };
  if (rows.length === 0) return [{ text: lines[header]!, ...common }];
  return rows.map((text) => ({ text, header: lines[header], ...common, places: rowPlaces.get(text) ?? places }));
}

/** Where each row of a table stands, in documents whose rows are known one by one. */
function placesOfRows(region: Region | undefined, pages: readonly Page[]): Map<string, QuotePlace[]> {
  const page = pages.find(({ number }) => number === region?.page);
  const table = page?.blocks.find(({ rows, box }) => rows && region && coveredShare(box, region.box) > 0.9);
  if (!page || !table?.lines[0]?.place) return new Map();
  return new Map(
    table.lines.map(({ text, box, place }) => [text, [{ page: page.number, box, ...(place && { place }) }]]),
  );
}

function placeOfBlock({ box, lines }: Page["blocks"][number], page: number): QuotePlace {
  const place = lines[0]?.place;
  return { page, box, ...(place && { place }) };
}

/** Caption sentences, what stands in the figure, and the sentences that refer to it where they stand. */
function figureLines(chunk: SearchHit["chunk"], figure: Figure, headings: string): Passage[] {
  const caption = captionOf(figure);
  const kind: ChunkKind = figure.kind === "table" ? "table" : "figure";
  const whole = { page: figure.page, box: figure.captionBox ? unionBox(figure.box, figure.captionBox) : figure.box };
  const mentions = new Set(figure.mentions.map(({ text }) => text));
  const own = chunk.text.split("\n").filter((line) => line.trim() && line !== caption && !mentions.has(line));
  const context = [headings, caption].filter(Boolean).join("\n");
  const drawn = { kind, figure: figure.id, label: figure.label };
  const box = [{ page: figure.page, box: figure.box }];
  const rows = chartRows(own);
  const titles = own.filter((line) => !line.includes(" | "));
  return [
    ...captionSentences(caption).map((text) => ({ text, context: headings, places: [whole], ...drawn })),
    // Beside its values the titles of a chart say nothing by themselves.
    ...(rows.length > 0 ? [] : readablePieces(own)).map((piece) => ({
      ...piece,
      header: caption,
      context,
      places: box,
      ...drawn,
    })),
    ...rows.map((row) => ({ ...row, about: [caption, ...titles].join("\n"), context, places: box, ...drawn })),
    ...figure.mentions.map(({ text, page, box }) => ({
      text,
      context: headings,
      kind: "text" as const,
      places: [{ page, box }],
    })),
  ];
}

/** A label says nothing by itself: "Figure 2." belongs to the sentence after it. */
function captionSentences(caption: string): string[] {
  const [first = "", next, ...rest] = splitSentences(caption);
  return next !== undefined && searchTerms(first).length < 3 ? [`${first} ${next}`, ...rest] : splitSentences(caption);
}

/** The rows of the tables that charts were read into; a header begins with an empty cell. */
function chartRows(lines: readonly string[]): { text: string; header?: string }[] {
  let header: string | undefined;
  return lines.flatMap((line) => {
    if (!line.includes(" | ")) return [];
    if (!line.startsWith(" | ")) return [{ text: line, header }];
    header = line;
    return [];
  });
}

/** Labels and values of a drawing belong together: short lines are joined to pieces of a sentence's length. */
function readablePieces(lines: readonly string[]): Pick<Passage, "text" | "labels">[] {
  const pieces: Pick<Passage, "text" | "labels">[] = [];
  for (const line of lines.flatMap(splitSentences)) {
    const last = pieces.at(-1);
    if (last !== undefined && line.length < 60 && last.text.length + line.length < 400)
      pieces[pieces.length - 1] = { text: `${last.text} · ${line}`, labels: true };
    else pieces.push({ text: line });
  }
  return pieces;
}

/** The citations of a passage: one for each page and column it stands in. */
export function citationsOf(document: string, { text, kind, places, figure }: Passage): Citation[] {
  return places.map(({ page, box, place }) => ({
    ...{ document, page, box, kind, quote: text, figure },
    ...(place && { place }),
  }));
}
