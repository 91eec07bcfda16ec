import type { DocumentJson, PageSummaryJson } from "@loam/server";

/** A page in the column of pages. */
export interface PageSlot {
  number: number;
  widthPt: number;
  heightPt: number;
  /** Undefined while it has not been read. */
  summary: PageSummaryJson | undefined;
}

const a4 = { widthPt: 595, heightPt: 842 };
export const pageGapPx = 18;

/** One slot per page of the document. A page that is not read yet is thought to be as large as the one before it. */
export function toSlots(document: Pick<DocumentJson, "pageCount">, summaries: readonly PageSummaryJson[]): PageSlot[] {
  const byNumber = new Map(summaries.map((summary) => [summary.number, summary]));
  const count = Math.max(document.pageCount, summaries.at(-1)?.number ?? 0);
  let size: { widthPt: number; heightPt: number } = a4;
  return Array.from({ length: count }, (_, index) => {
    const summary = byNumber.get(index + 1);
    if (summary && summary.widthPt > 0 && summary.heightPt > 0) size = summary;
    return { number: index + 1, widthPt: size.widthPt, heightPt: size.heightPt, summary };
  });
}

/** Width of the pages on screen at a zoom (1 fits the column). */
export function pageWidthPx(columnWidthPx: number, zoom: number): number {
  return Math.max(160, Math.min(columnWidthPx - 32, 900) * zoom);
}

const dpiSteps = [48, 72, 96, 120, 144, 192, 240, 300];

/** The smallest drawn resolution that is sharp at this width; few steps, so that pictures are shared between zooms. */
export function chooseDpi(widthPx: number, widthPt: number, devicePixelRatio: number): number {
  const wanted = (widthPx * devicePixelRatio * 72) / widthPt;
  return dpiSteps.find((step) => step >= wanted) ?? dpiSteps.at(-1)!;
}

/** A box as percentages of its page, for absolute positioning. */
export function toPercent(
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  { widthPt, heightPt }: { widthPt: number; heightPt: number },
): { left: string; top: string; width: string; height: string } {
  const percent = (value: number, whole: number) => `${((100 * value) / whole).toFixed(3)}%`;
  return {
    left: percent(x0, widthPt),
    top: percent(y0, heightPt),
    width: percent(x1 - x0, widthPt),
    height: percent(y1 - y0, heightPt),
  };
}
