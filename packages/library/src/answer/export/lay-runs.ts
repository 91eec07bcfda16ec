import type { SheetFont, SheetFonts } from "./pdf-fonts.ts";

/** Text in one style. */
export interface StyledRun {
  text: string;
  style?: "regular" | "bold" | "italic";
  raised?: boolean;
  colour?: "muted" | "doubt";
}

interface LaidPiece {
  text: string;
  font: SheetFont;
  size: number;
  raisedPt: number;
  width: number;
  colour?: "muted" | "doubt";
}

export type LaidLine = LaidPiece[];

/** Breaks styled text into lines of at most `width` points: at spaces, beside Chinese characters, else anywhere. */
export function layRuns(
  runs: readonly StyledRun[],
  { fonts, size, width }: { fonts: SheetFonts; size: number; width: number },
): LaidLine[] {
  const lines: LaidLine[] = [[]];
  let used = 0;
  const put = (piece: LaidPiece) => {
    const line = lines.at(-1)!;
    const last = line.at(-1);
    const joins = last && last.font === piece.font && last.size === piece.size && last.colour === piece.colour;
    if (joins && last.raisedPt === piece.raisedPt) {
      last.text += piece.text;
      last.width += piece.width;
    } else line.push(piece);
    used += piece.width;
  };
  for (const word of wordsOf(runs, { fonts, size })) {
    const needed = word.reduce((sum, piece) => sum + piece.width, 0);
    const isSpace = word.every(({ text }) => text.trim() === "");
    if (used + needed > width && used > 0) {
      lines.push([]);
      used = 0;
      if (isSpace) continue;
    }
    for (const piece of word) {
      if (used + piece.width <= width) put(piece);
      else
        for (const character of piece.text) {
          const own = piece.font.widthOf(character, piece.size);
          if (used + own > width && used > 0) {
            lines.push([]);
            used = 0;
          }
          put({ ...piece, text: character, width: own });
        }
    }
  }
  return lines;
}

/** What must not be broken: a word with the marks that follow it, a space, a Chinese character with its sign. */
function wordsOf(runs: readonly StyledRun[], { fonts, size }: { fonts: SheetFonts; size: number }): LaidPiece[][] {
  const words: LaidPiece[][] = [];
  let joins = false;
  for (const { text, style = "regular", raised = false, colour } of runs) {
    const points = raised ? size * 0.7 : size;
    const tokens = text.match(
      /\s+|[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff][，。；：、！？”’）》]*|[^\s\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff]+/gu,
    );
    for (const token of tokens ?? []) {
      const pieces = fonts.split(token, style).map(
        (piece): LaidPiece => ({
          ...piece,
          ...{ size: points, raisedPt: raised ? size * 0.35 : 0, width: piece.font.widthOf(piece.text, points) },
          ...(colour && { colour }),
        }),
      );
      const isSpace = token.trim() === "";
      if (joins && !isSpace && words.length > 0) words.at(-1)!.push(...pieces);
      else words.push(pieces);
      joins = false;
    }
    joins = !/\s$/.test(text);
  }
  return words;
}
