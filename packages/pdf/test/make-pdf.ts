import { degrees, PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from "pdf-lib";

/** A page of A4 with helpers that think from the top left, as the reader's boxes do. */
export interface Sheet {
  page: PDFPage;
  font: PDFFont;
  bold: PDFFont;
  /** Writes lines 12 points apart; `y` is the first baseline from the top. */
  write(lines: readonly string[], at: { x: number; y: number; size?: number; bold?: boolean; leading?: number }): void;
}

export const sheetWidth = 595;
export const sheetHeight = 842;

/** A PDF drawn page by page. */
export async function makePdf(
  draw: ((sheet: Sheet) => void)[],
  { title }: { title?: string } = {},
): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  if (title) pdf.setTitle(title);
  const font = await pdf.embedFont(StandardFonts.TimesRoman);
  const bold = await pdf.embedFont(StandardFonts.TimesRomanBold);
  for (const each of draw) {
    const page = pdf.addPage([sheetWidth, sheetHeight]);
    each({
      page,
      font,
      bold,
      write(lines, { x, y, size = 10, bold: heavy = false, leading = 1.2 * size }) {
        for (const [i, line] of lines.entries()) {
          page.drawText(line, { x, y: sheetHeight - y - i * leading, size, font: heavy ? bold : font });
        }
      },
    });
  }
  return pdf.save();
}

const vocabulary =
  "the method reads pages in order and keeps every figure with its caption so that answers can point to their source while columns tables and lists stay what they are on paper".split(
    " ",
  );

/** Sentences of a fixed vocabulary, set to a width; the last line is short. */
export function prose(
  font: PDFFont,
  { seed, lines, width, size = 10 }: { seed: number; lines: number; width: number; size?: number },
): string[] {
  const result: string[] = [];
  let line = "";
  for (let i = seed; result.length < lines; i++) {
    const word = vocabulary[(i * 7 + ((i / 5) | 0) * 3) % vocabulary.length]!;
    if (font.widthOfTextAtSize(`${line} ${word}`, size) > width) {
      result.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return result;
}

/** A bar chart of plain rectangles with axes and tick labels. */
export function drawBarChart(
  { page, write }: Sheet,
  { x, y, width, height, values }: { x: number; y: number; width: number; height: number; values: readonly number[] },
): void {
  const bottom = sheetHeight - y - height;
  page.drawLine({ start: { x, y: bottom }, end: { x: x + width, y: bottom }, thickness: 0.8 });
  page.drawLine({ start: { x, y: bottom }, end: { x, y: bottom + height }, thickness: 0.8 });
  const step = width / values.length;
  const top = Math.max(...values);
  for (const [i, value] of values.entries()) {
    page.drawRectangle({
      x: x + i * step + 0.2 * step,
      y: bottom,
      width: 0.6 * step,
      height: (value / top) * (height - 10),
      color: rgb(0.2, 0.4, 0.8),
    });
    write([`R${i + 1}`], { x: x + i * step + 0.35 * step, y: y + height + 9, size: 7 });
  }
  for (let tick = 0; tick <= 4; tick++)
    write([String(Math.round((top * tick) / 4))], {
      x: x - 14,
      y: y + height - (tick / 4) * (height - 10) + 2,
      size: 7,
    });
}

/** A paper of `pageCount` pages: running heads, two columns, every fifth page with a chart, every seventh with a table. */
export function makeLongPaper(pageCount: number): Promise<Uint8Array> {
  return makePdf(
    Array.from({ length: pageCount }, (_, i) => (sheet: Sheet) => {
      const { write, font } = sheet;
      write([`Journal of Generated Papers, volume ${1 + (i % 9)}`], { x: 60, y: 40, size: 9 });
      write([String(i + 1)], { x: 290, y: 810, size: 9 });
      if (i % 10 === 0) write([`${1 + i / 10} Section number ${1 + i / 10}`], { x: 60, y: 80, size: 14, bold: true });
      const chart = i % 5 === 0;
      write(prose(font, { seed: i, lines: chart ? 36 : 55, width: 225 }), { x: 60, y: 110 });
      if (chart) {
        drawBarChart(sheet, { x: 80, y: 560, width: 190, height: 130, values: [3 + (i % 7), 8, 5 + (i % 3), 9] });
        write([`Figure ${1 + i / 5}: Results of run ${i + 1}.`], { x: 80, y: 722, size: 9 });
      }
      write(prose(font, { seed: 3 * i + 1, lines: 55, width: 225 }), { x: 310, y: 110 });
    }),
  );
}

export { degrees };
