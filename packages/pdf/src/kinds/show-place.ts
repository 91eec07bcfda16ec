import type { Place } from "../document.ts";

/** A place in words: `sheet Costs, B2:D2`, `slide 3`, `lines 4–6`, `Results › Costs`, `invoice.xlsx`. */
export function showPlace({ part, sheet, cells, slide, lines, headings }: Place): string {
  return [
    part,
    sheet !== undefined && `sheet ${sheet}`,
    cells,
    slide !== undefined && `slide ${slide}`,
    lines && (lines[0] === lines[1] ? `line ${lines[0]}` : `lines ${lines[0]}–${lines[1]}`),
    headings && headings.length > 0 && headings.join(" › "),
  ]
    .filter(Boolean)
    .join(", ");
}
