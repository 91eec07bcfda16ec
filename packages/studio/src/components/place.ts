import type { CitationJson } from "@loam/server";

/** The words that places are said with. */
export interface PlaceTexts {
  pageShort: (n: number | string) => string;
  slide: (n: number) => string;
  sheet: (name: string) => string;
  lines: (first: number, last: number) => string;
}

/** Where a citation stands, shortly: its page, or what takes a page's place in files without. */
export function whereOf(citations: readonly Pick<CitationJson, "page" | "place">[], texts: PlaceTexts): string {
  const place = citations[0]?.place;
  if (!place) return texts.pageShort([...new Set(citations.map(({ page }) => page))].join("–"));
  const { part, sheet, cells, slide, lines, headings } = place;
  const words = [
    part,
    sheet !== undefined && texts.sheet(sheet),
    cells,
    slide !== undefined && texts.slide(slide),
    lines && texts.lines(lines[0], lines[1]),
    // Lines say more than the heading above them.
    !lines && headings?.at(-1),
  ];
  return words.filter(Boolean).join(", ") || texts.pageShort(citations[0]!.page);
}
