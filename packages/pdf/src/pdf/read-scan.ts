import type { Page } from "../document.ts";
import type { OcrLine, Recogniser } from "../ocr/recogniser.ts";
import type { Glyph } from "./glyphs.ts";
import type { PageGraphics } from "./graphics.ts";
import { findAlignedTables } from "./layout/aligned-tables.ts";
import { layOutPage, uprightFragments } from "./layout/lay-out-page.ts";
import { levelBox, levelLines, skewOf, slopeBack } from "./level-scan.ts";
import { applyX, applyY, invert, transformBox, uprightFrame } from "./lines/page-frame.ts";
import type { PageRaster } from "./render.ts";
import { withoutRules } from "./ruled-ink.ts";

/** Side of the squares (points) in which ink is looked for beside the recognised lines. */
const cell = 4;
/** Share of dark pixels that makes a square drawn. */
const inkShare = 0.06;
/** Recognised lines below this confidence are specks and textures. */
const lowestConfidence = 0.5;

/**
 * Reads a page that is a picture: recognised lines go the same way as a text layer, and what is drawn apart from them
 * becomes figures. A sheet scanned sideways is turned first; one that slipped is laid out as if it lay straight.
 */
export async function readScan(
  page: Page,
  scan: PageRaster,
  recogniser: Pick<Recogniser, "recognise">,
  signal: AbortSignal | undefined,
): Promise<Page> {
  const lines = (await recogniser.recognise(scan, { signal })).filter(
    ({ text, confidence }) => text.trim() !== "" && confidence >= lowestConfidence,
  );
  const scale = 72 / scan.dpi;
  const skew = skewOf(lines);
  const level = skew === 0 ? lines : levelLines(lines, skew, [scan.width / 2, scan.height / 2]);
  const glyphs = evenSizes(level.map((line) => toGlyph(line, scale, page)));
  const surroundings = { bodySize: usualSize(glyphs), marginLines: [] };
  const ink = findInk(scan, lines, scale);
  const centre: [number, number] = [page.widthPt / 2, page.heightPt / 2];
  if (skew !== 0) ink.shapes = ink.shapes.map((shape) => levelBox(shape, skew, centre));
  const fragments = uprightFragments(glyphs, { ...page, gapEm: 0.25 });
  const tables = findAlignedTables(fragments.main.fragments, surroundings.bodySize).map(({ box }) => box);
  if (fragments.main.turn === 0) ink.shapes = withoutRules(ink.shapes, tables, cell);
  const straight = layOutPage(fragments, ink, page, surroundings);
  const layout = skew === 0 ? straight : slopeBack(straight, skew, page);
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
function toGlyph({ text, quad, box: pixels }: OcrLine, scale: number, { widthPt, heightPt }: Page): Glyph {
  const box = [pixels[0] * scale, pixels[1] * scale, pixels[2] * scale, pixels[3] * scale] as const;
  const turn = turnOf(quad);
  const frame = uprightFrame(turn, widthPt, heightPt);
  const [x, top, , bottom] = transformBox(frame, ...box);
  const baseline = bottom - 0.22 * (bottom - top);
  const back = invert(frame);
  return {
    text: text.trim(),
    box,
    cell: box,
    originX: applyX(back, x, baseline),
    originY: applyY(back, x, baseline),
    size: 0.75 * (bottom - top), // the detector's boxes stand a little off the ink
    turn,
    font: unknownFont,
    invisible: false,
    white: false,
    covered: false,
    unmapped: false,
  };
}

/** The direction from the first corner of a line to the second, in clockwise quarter turns. */
function turnOf([[x0, y0], [x1, y1]]: OcrLine["quad"]): Glyph["turn"] {
  return ((Math.round(Math.atan2(y1 - y0, x1 - x0) / (Math.PI / 2)) + 4) % 4) as Glyph["turn"];
}

/** The height of a recognised box wavers with its letters: what is near the usual size has the usual size. */
function evenSizes(glyphs: Glyph[]): Glyph[] {
  const usual = usualSize(glyphs);
  return glyphs.map((glyph) => (Math.abs(glyph.size / usual - 1) < 0.3 ? { ...glyph, size: usual } : glyph));
}

/** The median size, each line weighing as many letters as it has. */
function usualSize(glyphs: readonly Glyph[]): number {
  const sorted = [...glyphs].sort((a, b) => a.size - b.size);
  const total = sorted.reduce((sum, { text }) => sum + text.length, 0);
  let seen = 0;
  for (const { size, text } of sorted) {
    seen += text.length;
    if (seen >= total / 2) return size;
  }
  return 10;
}

/** Of an RGBA pixel, 0 to 255. */
const luminance = (data: Uint8Array, at: number): number => (data[at]! + 2 * data[at + 1]! + data[at + 2]!) / 4;

/** The lightness of the sheet: the median of a sample, since most of a page is paper. */
function paperLuminance(data: Uint8Array): number {
  const sample: number[] = [];
  for (let at = 0; at + 3 < data.length; at += 4 * 997) sample.push(luminance(data, at));
  return sample.sort((a, b) => a - b)[sample.length >> 1] ?? 255;
}

/** Squares of the picture that hold ink and no recognised text. */
function findInk({ data, width, height }: PageRaster, lines: readonly OcrLine[], scale: number): PageGraphics {
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
  const threshold = paperLuminance(data) - 60;
  const shapes: PageGraphics["shapes"] = [];
  // The outermost squares hold the shadows of the sheet's edge.
  for (let row = 2; row < rows - 2; row++)
    for (let column = 2; column < columns - 2; column++) {
      if (text[row * columns + column] === 1) continue;
      let dark = 0;
      for (let y = row * side; y < (row + 1) * side; y += 2)
        for (let x = column * side; x < (column + 1) * side; x += 2) {
          const at = (y * width + x) * 4;
          if (luminance(data, at) < threshold) dark++;
        }
      if (dark > (inkShare * side * side) / 4) {
        shapes.push([column * side * scale, row * side * scale, (column + 1) * side * scale, (row + 1) * side * scale]);
      }
    }
  return { images: [], rules: [], rectangles: [], shapes, marks: [], skippedCount: 0 };
}
