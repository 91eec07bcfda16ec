import type { Page } from "../document.ts";
import type { Glyph } from "./glyphs.ts";
import type { PageGraphics } from "./graphics.ts";
import { type Fragment, toFragment } from "./layout/fragment.ts";
import { layOutFragments } from "./layout/lay-out-fragments.ts";
import type { PageRecogniser } from "./open-pdf.ts";
import type { PageRaster } from "./render.ts";

/** Side of the squares (points) in which ink is looked for beside the recognised lines. */
const cell = 4;
/** Share of dark pixels that makes a square drawn. */
const inkShare = 0.06;
/** Recognised lines below this confidence are specks and textures. */
const lowestConfidence = 0.5;

type RecognisedLine = Awaited<ReturnType<PageRecogniser["recognise"]>>[number];

/**
 * Reads a page that is a picture: recognised lines go the same way as a text layer, and what is drawn apart from them
 * becomes figures. A sheet scanned sideways is turned first.
 */
export async function readScan(
  page: Page,
  scan: PageRaster,
  recogniser: PageRecogniser,
  signal: AbortSignal | undefined,
): Promise<Page> {
  const lines = (await recogniser.recognise(scan, { signal })).filter(
    ({ text, confidence }) => text.trim() !== "" && confidence >= lowestConfidence,
  );
  const scale = 72 / scan.dpi;
  const fragments = evenSizes(lines.map((line) => toLineFragment(line, scale)));
  const drawn = findInk(scan, lines, scale);
  const { widthPt, heightPt } = page;
  const bodySize = bodySizeOf(fragments);
  const layout = layOutFragments(fragments, drawn, { widthPt, heightPt }, { bodySize, marginLines: [] });
  if (layout.blocks.length === 0 && layout.figures.length === 0) {
    return { ...page, status: "empty", reason: "the page is a picture in which no text was recognised" };
  }
  const figures = layout.figures.map((figure, i) => ({
    ...figure,
    id: `p${page.number}-f${i + 1}`,
    page: page.number,
    mentions: [],
  }));
  return { ...page, status: "ocr", reason: undefined, blocks: layout.blocks, figures };
}

const unknownFont = { name: "", bold: false, italic: false, mono: false };

/** A recognised line as one wide glyph: its letters have no boxes of their own. */
function toLineFragment({ text, box: [x0, y0, x1, y1] }: RecognisedLine, scale: number): Fragment {
  const box = [x0 * scale, y0 * scale, x1 * scale, y1 * scale] as const;
  const lineHeight = box[3] - box[1];
  const glyph: Glyph = {
    text: text.trim(),
    box,
    cell: box,
    originX: box[0],
    originY: box[3] - 0.22 * lineHeight,
    size: 0.75 * lineHeight, // the detector's boxes stand a little off the ink
    turn: 0,
    font: unknownFont,
    invisible: false,
    unmapped: false,
  };
  return toFragment([glyph]);
}

/** The height of a recognised box wavers with its letters: what is near the usual size has the usual size. */
function evenSizes(fragments: Fragment[]): Fragment[] {
  const usual = bodySizeOf(fragments);
  return fragments.map((fragment) =>
    Math.abs(fragment.size / usual - 1) < 0.22 ? { ...fragment, size: usual } : fragment,
  );
}

/** The median size, each line weighing as many letters as it has. */
function bodySizeOf(fragments: readonly Fragment[]): number {
  const sorted = [...fragments].sort((a, b) => a.size - b.size);
  const total = sorted.reduce((sum, { text }) => sum + text.length, 0);
  let seen = 0;
  for (const { size, text } of sorted) {
    seen += text.length;
    if (seen >= total / 2) return size;
  }
  return 10;
}

/** Squares of the picture that hold ink and no recognised text. */
function findInk({ data, width, height }: PageRaster, lines: readonly RecognisedLine[], scale: number): PageGraphics {
  const side = Math.max(2, Math.round(cell / scale));
  const columns = Math.floor(width / side);
  const rows = Math.floor(height / side);
  const text = new Uint8Array(columns * rows);
  for (const { box } of lines) {
    for (let y = Math.max(0, Math.floor(box[1] / side)); y <= Math.min(rows - 1, Math.floor(box[3] / side)); y++)
      text.fill(
        1,
        y * columns + Math.max(0, Math.floor(box[0] / side)),
        y * columns + Math.min(columns - 1, Math.floor(box[2] / side)) + 1,
      );
  }
  const shapes: PageGraphics["shapes"] = [];
  // The outermost squares hold the shadows of the sheet's edge.
  for (let row = 2; row < rows - 2; row++)
    for (let column = 2; column < columns - 2; column++) {
      if (text[row * columns + column] === 1) continue;
      let dark = 0;
      for (let y = row * side; y < (row + 1) * side; y += 2)
        for (let x = column * side; x < (column + 1) * side; x += 2) {
          const at = (y * width + x) * 4;
          if (data[at]! + 2 * data[at + 1]! + data[at + 2]! < 640) dark++;
        }
      if (dark > (inkShare * side * side) / 4) {
        shapes.push([column * side * scale, row * side * scale, (column + 1) * side * scale, (row + 1) * side * scale]);
      }
    }
  return { images: [], rules: [], rectangles: [], shapes, skippedCount: 0 };
}
