/** Widths of Helvetica's ASCII from space to tilde, in thousandths of the size (Adobe's font metrics). */
const ascii =
  `278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556
  1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556
  333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584`
    .split(/\s+/)
    .map(Number);

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/;

/** The width of text in points; an estimate beyond ASCII, where a fallback font is drawn with. */
export function textWidth(text: string, sizePt: number, { mono = false }: { mono?: boolean } = {}): number {
  let thousandths = 0;
  for (const character of text) thousandths += characterWidth(character, mono);
  return (thousandths * sizePt) / 1000;
}

function characterWidth(character: string, mono: boolean): number {
  const code = character.codePointAt(0)!;
  if (wide.test(character) || code > 0xffff) return 1000;
  if (mono) return 600;
  return ascii[code - 32] ?? 556;
}

/** Breaks text into lines of at most `widthPt`, at spaces where there are any, between Chinese characters, else anywhere. */
export function wrapText(text: string, sizePt: number, widthPt: number, options: { mono?: boolean } = {}): string[] {
  const lines: string[] = [];
  const mono = options.mono ?? false;
  const limit = (widthPt * 1000) / sizePt;
  let line = "";
  let width = 0;
  /** The last place in `line` where it may be broken. */
  let breakAt = 0;
  for (const character of text) {
    const own = characterWidth(character, mono);
    if (width + own > limit && line !== "" && character !== " ") {
      const at = breakAt > 0 ? breakAt : line.length;
      lines.push(line.slice(0, at).trimEnd());
      line = line.slice(at).trimStart();
      width = (textWidth(line, sizePt, options) * 1000) / sizePt;
      breakAt = 0;
    }
    line += character;
    width += own;
    if (character === " " || character === "-" || wide.test(character)) breakAt = line.length;
  }
  if (line.trim() !== "" || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}
