import type { Glyph } from "./glyphs.ts";
import type { PageGraphics } from "./graphics.ts";
import { type MarginLine, readMarginLines } from "./lines/running-heads.ts";
import type { PageText } from "./pdf-file.ts";

/** What a page tells those around it. */
export interface PageProfile {
  sizes: Map<number, number>;
  marginLines: MarginLine[];
}

export function profileOf({ glyphs, widthPt, heightPt, upright }: PageText): PageProfile {
  const sizes = new Map<number, number>();
  for (const glyph of glyphs) {
    const size = Math.round(glyph.size * 2) / 2;
    sizes.set(size, (sizes.get(size) ?? 0) + 1);
  }
  const { main } = upright;
  return { sizes, marginLines: readMarginLines(main.fragments, main.turn % 2 === 0 ? heightPt : widthPt) };
}

/** Whether the characters on a page are its text, or the page is a picture of text. */
export function judgeTextLayer(
  glyphs: readonly Glyph[],
  graphics: PageGraphics,
  pageArea: number,
): "text" | "scan" | "nothing" {
  const covered = Math.max(0, ...graphics.images.map((b) => (b[2] - b[0]) * (b[3] - b[1]))) / pageArea;
  const drawn =
    graphics.images.length + graphics.shapes.length + graphics.rectangles.length + graphics.rules.length > 0;
  const visible = glyphs.filter(({ text }) => text !== " ");
  if (visible.length === 0) return drawn ? "scan" : "nothing";
  // A picture of the whole page under few words: a stamp, a fax line, a page number. Under many that cannot be seen: a
  // text layer that somebody's recogniser made.
  if (covered > 0.5 && visible.length < 50) return "scan";
  if (covered > 0.8 && isSparse(visible, pageArea)) return "scan";
  const bad = visible.filter((glyph) => glyph.unmapped || /[\ue000-\uf8ff\ufffd]/u.test(glyph.text)).length;
  if (visible.length >= 20 && bad > 0.5 * visible.length) return "scan";
  return isScrambled(visible) ? "scan" : "text";
}

/** Whether the words stand in a small part of the page: a stamp or a header, and no page of text. */
function isSparse(glyphs: readonly Glyph[], pageArea: number): boolean {
  const rows = new Set(glyphs.map(({ box }) => Math.round(box[1] / 12)));
  return rows.size <= 6 && rows.size * 12 * 595 < 0.15 * pageArea;
}

/**
 * Letters from many alphabets side by side: a font whose map to Unicode is wrong. Known by the number of 256-character
 * blocks (Han and Hangul as one each) that hold a fair share of the text.
 */
function isScrambled(glyphs: readonly Glyph[]): boolean {
  if (glyphs.length < 60) return false;
  const blocks = new Map<number, number>();
  for (const { text } of glyphs) {
    const code = text.codePointAt(0)!;
    const block = code >= 0x3000 && code < 0xd7b0 ? (code < 0xa000 ? 0x30 : 0xac) : code >> 8;
    blocks.set(block, (blocks.get(block) ?? 0) + 1);
  }
  const shares = [...blocks.values()].filter((count) => count > 0.02 * glyphs.length);
  return shares.length >= 6 && Math.max(...shares) < 0.6 * glyphs.length;
}
