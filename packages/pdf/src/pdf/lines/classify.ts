import { roundBox, unionAll } from "../../boxes/boxes.ts";
import type { Block } from "../../document.ts";
import { joinLines } from "./join-lines.ts";
import { captionLabel } from "./label.ts";
import type { Line } from "./lines.ts";
import { listMarker } from "./list-marker.ts";

export interface PageContext {
  widthPt: number;
  heightPt: number;
  /** The size most of the text has, here and on the pages around. */
  bodySize: number;
}

/** What a group of lines is, and its text. */
export function toBlock(lines: readonly Line[], context: PageContext): Block {
  const box = roundBox(unionAll(lines.map((line) => line.box)));
  const text = joinLines(lines.map((line) => line.text));
  const printed = lines.map((line) => ({ text: line.text, box: roundBox(line.box) }));
  const heading = headingLevel(lines, text, context);
  if (captionLabel(text)) return { kind: "caption", text, box, lines: printed };
  if (heading !== undefined) return { kind: "heading", text, box, lines: printed, level: heading };
  if (isFormula(lines)) return { kind: "formula", text, box, lines: printed };
  if (isFootnote(lines, context)) return { kind: "footnote", text, box, lines: printed };
  if (listMarker(text)) return { kind: "list", text, box, lines: printed };
  return { kind: "paragraph", text, box, lines: printed };
}

const knownHeading =
  /^(?:abstract|summary|introduction|background|related works?|methods?|methodology|materials and methods|experiments?|results?|results and discussion|discussion|conclusions?|conclusions? and future work|acknowledge?ments?|references|bibliography|appendix(?: [a-z])?|contents|摘要|引言|绪论|结论|参考文献|致谢|附录|目录)\.?$/iu;
const decimalNumber = /^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=\S)/u;
const letterNumber = /^(?:[A-Z]|[IVX]{1,5})\.\s+(?=[A-Z])/u;
const chapter = /^(?:Chapter|Part|Appendix)\s+[\dA-ZIVX]+|^第\s*[一二三四五六七八九十百\d]+\s*[章部篇]/u;
const chineseSection = /^第\s*[一二三四五六七八九十\d]+\s*节|^[一二三四五六七八九十]{1,3}、/u;

function headingLevel(lines: readonly Line[], text: string, { bodySize }: PageContext): number | undefined {
  const size = Math.max(...lines.map((line) => line.size));
  const ratio = size / bodySize;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 2 || lines.length > 4 || text.length > 220) return undefined;
  if (letters < 0.45 * text.replace(/\s/gu, "").length) return undefined;
  const bold = lines.every((line) => line.boldShare > 0.75);
  const known = knownHeading.test(text.replace(/^[\dIVX]+\.?\s+/u, ""));
  const decimal = decimalNumber.exec(text);
  const sentenceLike = /[.。;；,，]$/u.test(text) && !known;
  const capitals = letters > 3 && text === text.toUpperCase() && /[A-Z]{3}/.test(text);
  const italic =
    lines.length <= 2 && lines.every((line) => line.italicShare > 0.8) && (decimal || letterNumber.test(text));
  const stands = italic || ratio >= 1.12 || bold || (capitals && lines.length <= 2 && ratio > 0.95);
  if (chapter.test(text) && (stands || lines.length === 1) && text.length < 80 && ratio >= 1)
    return ratio > 1.1 || bold ? 1 : undefined;
  if (chineseSection.test(text) && text.length < 50 && (stands || !sentenceLike)) return 2;
  if (decimal && stands && !sentenceLike && lines.length <= 3) return Math.min(6, decimal[1]!.split(".").length + 1);
  if (letterNumber.test(text) && stands && !sentenceLike) return /^[IVX]/.test(text) ? 2 : 3;
  if (known && (stands || lines.length === 1)) return 2;
  if (sentenceLike || listMarker(text)?.certain) return undefined;
  if (ratio >= 1.6) return 1;
  if (ratio >= 1.25) return 2;
  if (ratio >= 1.12 && text.length < 150) return 3;
  if (bold && ratio > 0.92 && lines.length <= 2 && text.length < 120 && !/[:：]\s*\S{30,}/u.test(text)) return 3;
  return undefined;
}

export const mathFont =
  /cmmi|cmsy|cmex|msam|msbm|math|symbol|mtmi|mtsy|mtex|euclid|rmtmi|stix.*(?:ital|sym)|eusm|eufm|bbm|rsfs/i;

/** A line or a few set mostly in mathematical fonts. */
function isFormula(lines: readonly Line[]): boolean {
  if (lines.length > 6) return false;
  let math = 0;
  let total = 0;
  for (const line of lines)
    for (const fragment of line.fragments)
      for (const glyph of fragment.glyphs) {
        if (glyph.text === " ") continue;
        total++;
        if (mathFont.test(glyph.font.name) || /[=∑∫√∂∇≤≥≈×±∈∀∃→⇒∞𝑎-𝒛]/u.test(glyph.text)) math++;
      }
  return total >= 3 && math >= 0.4 * total;
}

/** Small print at the foot of a column that opens with a mark. */
function isFootnote(lines: readonly Line[], { bodySize, heightPt }: PageContext): boolean {
  const first = lines[0]!;
  if (first.box[1] < 0.6 * heightPt) return false;
  const mark = first.fragments[0]!.glyphs[0]!;
  const small = first.size <= 0.93 * bodySize;
  const raised = mark.size < 0.85 * first.size || mark.originY < first.baseline - 0.15 * first.size;
  return (
    small &&
    (raised ? /^[\d*†‡§¶∗①-⑳a-z]/u.test(first.text) : /^[*†‡§¶∗①-⑳]|^\d{1,2}\s*(?:https?:|www\.)/u.test(first.text))
  );
}
