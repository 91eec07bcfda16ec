import { type PDFPage, rgb } from "pdf-lib";
import { chineseFor, type FontName, type Fonts, isChinese } from "./fonts.ts";
import { breakLines, type Piece } from "./line-breaking.ts";

export const ink = rgb(0.13, 0.11, 0.1);
export const soil = rgb(0.36, 0.24, 0.16);
export const moss = rgb(0.34, 0.47, 0.22);
export const clay = rgb(0.75, 0.42, 0.24);
export const straw = rgb(0.93, 0.89, 0.8);
export const grey = rgb(0.45, 0.42, 0.4);

/** Points from the top left of the page. */
export type PaperBox = [x0: number, y0: number, x1: number, y1: number];

export interface TextStyle {
  font: FontName;
  sizePt: number;
  leadingPt: number;
  color?: ReturnType<typeof rgb>;
  align?: "justify" | "left" | "center";
  indentPt?: number;
}

/** Sets text on a page whose origin is the top left. */
export class Typesetter {
  readonly page: PDFPage;
  readonly fonts: Fonts;

  constructor(page: PDFPage, fonts: Fonts) {
    this.page = page;
    this.fonts = fonts;
  }

  /** Width of one line in points. */
  width(text: string, font: FontName, sizePt: number): number {
    return runs(text, font).reduce((sum, run) => sum + this.fonts[run.font].widthOfTextAtSize(run.text, sizePt), 0);
  }

  /** One line, its baseline at `y`. */
  line(
    text: string,
    {
      x,
      y,
      font,
      sizePt,
      color = ink,
      align = "left",
    }: {
      x: number;
      y: number;
      font: FontName;
      sizePt: number;
      color?: ReturnType<typeof rgb>;
      align?: "left" | "center" | "right";
    },
  ): void {
    const width = align === "left" ? 0 : this.width(text, font, sizePt);
    let at = align === "left" ? x : align === "center" ? x - width / 2 : x - width;
    for (const run of runs(text, font)) {
      const face = this.fonts[run.font];
      this.page.drawText(run.text, { x: at, y: this.page.getHeight() - y, font: face, size: sizePt, color });
      at += face.widthOfTextAtSize(run.text, sizePt);
    }
  }

  /** Height in points that a paragraph takes at a width. */
  measure(text: string, widthPt: number, style: TextStyle): number {
    return breakLines(this.#pieces(text, style), widthPt).length * style.leadingPt;
  }

  /**
   * A paragraph from `y` downwards; of its lines only those from `from` up to `to`, so that it can go on in the next
   * column. @returns the box of the text set
   */
  paragraph(
    text: string,
    { x, y, widthPt }: { x: number; y: number; widthPt: number },
    style: TextStyle,
    { from = 0, to = Infinity }: { from?: number; to?: number } = {},
  ): PaperBox {
    const pieces = this.#pieces(text, style);
    const ends = breakLines(pieces, widthPt);
    const rows = Math.min(to, ends.length) - from;
    ends.forEach((end, row) => {
      if (row < from || row >= to) return;
      const line = pieces.slice(row === 0 ? 0 : ends[row - 1]!, end);
      const inner = line.slice(0, -1);
      const natural = line.reduce((sum, p) => sum + p.widthPt, 0) + inner.reduce((sum, p) => sum + p.spacePt, 0);
      const slack = widthPt - natural;
      const stretch = inner.reduce((sum, p) => sum + p.stretch, 0);
      const justified = (style.align ?? "justify") === "justify" && row < ends.length - 1 && stretch > 0;
      let at = style.align === "center" ? x + slack / 2 : x;
      const baseline = y + (row - from) * style.leadingPt + style.sizePt * 0.95;
      line.forEach((piece, i) => {
        const spaced =
          piece.spacePt > 0 && i < line.length - 1 && !isChinese(piece.text) ? `${piece.text} ` : piece.text;
        if (piece.text !== "")
          this.line(spaced, { x: at, y: baseline, font: style.font, sizePt: style.sizePt, color: style.color });
        at += piece.widthPt + piece.spacePt + (justified ? (slack * piece.stretch) / stretch : 0);
      });
    });
    return [x, y, x + widthPt, y + rows * style.leadingPt];
  }

  /** Latin words and single Chinese characters; punctuation stays with the character it belongs to. */
  #pieces(text: string, { font, sizePt, indentPt = 0 }: TextStyle): Piece[] {
    const parts =
      text.match(
        /[（《]?[\p{Script=Han}][，。、；：）》？！]*|[^\s\p{Script=Han}（《-]*-|[^\s\p{Script=Han}（《-]+|[（《]|\s+/gu,
      ) ?? [];
    const pieces: Piece[] = indentPt > 0 ? [fixedSpace(indentPt)] : [];
    parts.forEach((part, i) => {
      if (/^\s/.test(part)) return;
      const next = parts[i + 1];
      const spaceFollows = next !== undefined && /^\s/.test(next);
      const chinese = isChinese(part);
      const mixed = next !== undefined && !spaceFollows && chinese !== isChinese(next);
      pieces.push({
        text: part,
        widthPt: this.width(part, font, sizePt),
        spacePt: spaceFollows ? sizePt * 0.24 : mixed ? sizePt * 0.2 : 0,
        stretch: spaceFollows ? sizePt * 0.2 : chinese || mixed ? sizePt * 0.06 : 0,
        breakable: spaceFollows || chinese || mixed || /^.+-$/.test(part),
      });
    });
    return pieces;
  }
}

function fixedSpace(widthPt: number): Piece {
  return { text: "", widthPt, spacePt: 0, stretch: 0, breakable: false };
}

/** The text in stretches of one font. */
function runs(text: string, font: FontName): { text: string; font: FontName }[] {
  const result: { text: string; font: FontName }[] = [];
  for (const character of text) {
    const name = isChinese(character) ? chineseFor(font) : font;
    const last = result.at(-1);
    if (last?.font === name) last.text += character;
    else result.push({ text: character, font: name });
  }
  return result;
}
