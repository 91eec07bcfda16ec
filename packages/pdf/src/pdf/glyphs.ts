import type { Box } from "../document.ts";
import { applyX, applyY, type Matrix, transformBox } from "./lines/page-frame.ts";
import type { Pdfium, Pointer } from "./pdfium.ts";
import { type Covers, isCovered } from "./unseen.ts";

export interface Font {
  name: string;
  bold: boolean;
  italic: boolean;
  /** Fixed pitch: program listings. */
  mono: boolean;
}

/** One character as it stands on the shown page. */
export interface Glyph {
  text: string;
  /** The ink, in shown points. */
  box: Box;
  /** The advance box: from the pen's start to its end, ascent to descent. */
  cell: Box;
  originX: number;
  originY: number;
  /** Effective font size in points. */
  size: number;
  /** The direction of reading in clockwise quarter turns; −1 for a slanted angle. */
  turn: -1 | 0 | 1 | 2 | 3;
  font: Font;
  /** Drawn in render mode 3, as the text layers of scans are. */
  invisible: boolean;
  /** Filled with white: seen only on something darker. */
  white: boolean;
  /** Something opaque is painted over it. */
  covered: boolean;
  /** The file does not say which character this is. */
  unmapped: boolean;
}

/**
 * Reads every character of a page, in the order of the content stream as PDFium gives it. A space that the file itself
 * holds has the text " " and the boxes of the character before it.
 */
export function readGlyphs(pdfium: Pdfium, textPage: Pointer, toShown: Matrix, covers: Covers): Glyph[] {
  const { api, scratch } = pdfium;
  const count = api.FPDFText_CountChars(textPage);
  const glyphs: Glyph[] = [];
  const fonts = new Map<Pointer, Font>();
  let object: Pointer = 0;
  let font: Font = unknownFont;
  let invisible = false;
  let white = false;
  let size = 0;
  let turn: Glyph["turn"] = 0;
  let boundary = true;
  /** The last box of the file's own, which several letters share when it is a ligature's. */
  let shared: { object: Pointer; box: Box; cell: Box; first: number } | undefined;
  const f32 = scratch >> 2;
  const f64 = (scratch >> 3) + 4;

  for (let i = 0; i < count; i++) {
    const code = api.FPDFText_GetUnicode(textPage, i);
    if (api.FPDFText_IsGenerated(textPage, i) === 1) {
      boundary = true;
      continue;
    }
    if (code === 0 || code === 0xfeff) continue;
    const current = api.FPDFText_GetTextObject(textPage, i);
    if (current !== object || boundary) {
      boundary = false;
      if (current !== object) {
        object = current;
        const pointer = current === 0 ? 0 : api.FPDFTextObj_GetFont(current);
        font = fonts.get(pointer) ?? readFont(pdfium, pointer);
        fonts.set(pointer, font);
        const mode = current === 0 ? 0 : api.FPDFTextObj_GetTextRenderMode(current);
        invisible = mode === 3;
        white = mode === 0 && current !== 0 && isWhite(pdfium, current);
      }
      const nominal = api.FPDFText_GetFontSize(textPage, i);
      size = nominal;
      turn = 0;
      if (api.FPDFText_GetMatrix(textPage, i, scratch) !== 0) {
        const m = pdfium.f32;
        const [a, b, c, d] = [m[f32]!, m[f32 + 1]!, m[f32 + 2]!, m[f32 + 3]!];
        size = Math.abs(nominal) * (Math.hypot(c, d) || Math.hypot(a, b) || 1);
        turn = quarterTurn(a * toShown[0] + b * toShown[2], a * toShown[1] + b * toShown[3], nominal);
      }
    }
    // Spaces, tabs and no-break spaces only mark where words end.
    if (code === 0x20 || code === 0xa0 || code === 9 || (code >= 0x2000 && code <= 0x200b) || code === 0x3000) {
      const last = glyphs.at(-1);
      if (last) glyphs.push({ ...last, text: " " });
      continue;
    }
    const ligature = texLigature(code, glyphs.at(-1));
    if (code < 0x20 && code !== 2 && !ligature) continue;
    const p = scratch + 32;
    const boxed = api.FPDFText_GetCharBox(textPage, i, p, p + 8, p + 16, p + 24) !== 0;
    const d = pdfium.f64;
    const box = boxed ? transformBox(toShown, d[f64]!, d[f64 + 2]!, d[f64 + 1]!, d[f64 + 3]!) : undefined;
    api.FPDFText_GetLooseCharBox(textPage, i, scratch);
    const l = pdfium.f32;
    const cell = transformBox(toShown, l[f32]!, l[f32 + 1]!, l[f32 + 2]!, l[f32 + 3]!);
    api.FPDFText_GetCharOrigin(textPage, i, p, p + 8);
    const originX = applyX(toShown, d[f64]!, d[f64 + 1]!);
    const originY = applyY(toShown, d[f64]!, d[f64 + 1]!);
    if (!Number.isFinite(originX + originY + cell[0] + cell[3]) || Math.abs(originX) > 1e6) continue;
    const unmapped = api.FPDFText_HasUnicodeMapError(textPage, i) === 1;
    const ink = box && box[2] > box[0] && box[3] > box[1] ? box : cell;
    const text =
      ligature ?? (code === 2 || code === 0xfffe ? "-" : code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code));
    glyphs.push({
      text,
      box: ink,
      cell,
      originX,
      originY,
      size: size || cell[3] - cell[1],
      turn,
      font,
      invisible,
      white,
      covered: isCovered(object, ink, covers),
      unmapped,
    });
    if (shared && shared.object === object && cell.every((edge, k) => edge === shared!.cell[k])) divide(glyphs, shared);
    else shared = { object, box: ink, cell, first: glyphs.length - 1 };
  }
  return glyphs;
}

/** The letters of a ligature, which all came in its own box, each get their share of it. */
function divide(glyphs: Glyph[], { box, cell, first }: { box: Box; cell: Box; first: number }): void {
  const count = glyphs.length - first;
  const part = ([x0, y0, x1, y1]: Box, k: number): Box => [
    x0 + ((x1 - x0) * k) / count,
    y0,
    x0 + ((x1 - x0) * (k + 1)) / count,
    y1,
  ];
  for (let k = 0; k < count; k++)
    glyphs[first + k] = { ...glyphs[first + k]!, box: part(box, k), cell: part(cell, k), originX: part(cell, k)[0] };
}

function isWhite({ api, scratch: p, u8 }: Pdfium, text: Pointer): boolean {
  if (api.FPDFPageObj_GetFillColor(text, p, p + 4, p + 8, p + 12) === 0) return false;
  const view = new DataView(u8.buffer);
  return [0, 4, 8].every((offset) => view.getUint32(p + offset, true) > 250);
}

/** What stands at 11–15 in TeX's old text fonts (OT1) and at 27–31 in its later ones (T1). */
const ligatures = ["ff", "fi", "fl", "ffi", "ffl"];

/**
 * The ligature of a TeX text font whose file names no Unicode for it: PDFium then gives the bare character code.
 * Other fonts keep symbols at these codes (a bullet at 15), so only a letter right before or a lone fi and fl count.
 */
function texLigature(code: number, before: Glyph | undefined): string | undefined {
  const ligature = ligatures[code >= 27 ? code - 27 : code - 11];
  if (!ligature || code < 11 || (code > 15 && code < 27) || code > 31) return undefined;
  const inWord = before !== undefined && /\p{L}$/u.test(before.text);
  return inWord || ligature === "fi" || ligature === "fl" || ligature === "ff" ? ligature : undefined;
}

/** Within 5° of an axis counts as along it. */
function quarterTurn(dx: number, dy: number, nominalSize: number): Glyph["turn"] {
  if (dx === 0 && dy === 0) return 0;
  const turns = Math.atan2(nominalSize < 0 ? -dy : dy, nominalSize < 0 ? -dx : dx) / (Math.PI / 2);
  const nearest = Math.round(turns);
  if (Math.abs(turns - nearest) > 5 / 90) return -1;
  return ((nearest + 4) % 4) as Glyph["turn"];
}

const unknownFont: Font = { name: "", bold: false, italic: false, mono: false };

function readFont(pdfium: Pdfium, pointer: Pointer): Font {
  if (pointer === 0) return unknownFont;
  const { api } = pdfium;
  const name = pdfium
    .utf8((buffer, size) => api.FPDFFont_GetBaseFontName(pointer, buffer, size))
    .replace(/^[A-Z]{6}\+/, "");
  const flags = api.FPDFFont_GetFlags(pointer); // ISO 32000-1 table 123: 1 fixed pitch, 7 italic, 19 force bold
  return {
    name,
    bold:
      /bold|black|heavy|semibd|demi|cmbx|cmssbx|sfbx|-bd|medi$|simhei|黑体|heiti/i.test(name) ||
      api.FPDFFont_GetWeight(pointer) >= 600 ||
      (flags & (1 << 18)) !== 0,
    italic: /italic|oblique|cmti|cmmi|-it$|ital$/i.test(name) || (flags & (1 << 6)) !== 0,
    mono: /courier|mono|consol|cmtt|typewriter|inconsolata|menlo/i.test(name) || (flags & 1) !== 0,
  };
}
