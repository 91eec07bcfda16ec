import { textWidth, wrapText } from "./measure-text.ts";

export const tableSize = 9;
const lineHeight = 11;
const padding = 4;
const widestColumn = 240;
const narrowestColumn = 24;
/** Of a cell; what is longer is read all the same, and drawn cut. */
const drawnLines = 30;
/** Rows that the widths of columns are taken from. */
const measuredRows = 300;

/** The widths of a table's columns: as wide as their words, up to a limit. */
export function columnWidths(rows: readonly string[][]): number[] {
  const widths = (rows[0] ?? []).map(() => narrowestColumn);
  for (const row of rows.slice(0, measuredRows))
    for (const [i, text] of row.entries())
      widths[i] = Math.min(
        widestColumn,
        Math.max(widths[i]!, textWidth(text.slice(0, 80), tableSize) + 2 * padding + 2),
      );
  return widths;
}

/** A row on its own: how high it is, and each line of its cells from its top left. */
export function setRow(
  row: readonly string[],
  widths: readonly number[],
): { height: number; texts: { text: string; x: number; baseline: number }[] } {
  let x = 0;
  let lines = 1;
  const texts = row.flatMap((text, i) => {
    const wrapped = wrapText(text.slice(0, 4000), tableSize, widths[i]! - 2 * padding);
    const drawn = wrapped.length > drawnLines ? [...wrapped.slice(0, drawnLines - 1), "…"] : wrapped;
    lines = Math.max(lines, drawn.length);
    const left = x + padding;
    x += widths[i]!;
    return drawn.map((line, n) => ({ text: line, x: left, baseline: 3 + n * lineHeight + tableSize }));
  });
  return { height: lines * lineHeight + 6, texts };
}
