/** Rows as aligned columns; numbers to the right. Empty when there are no rows. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(`${cell}`));
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const gap = " ".repeat(widths[i]! - width(`${cell}`));
          return typeof cell === "number" ? gap + cell : `${cell}${gap}`;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Columns a text takes on a terminal: East Asian characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const letter of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      letter,
    )
      ? 2
      : 1;
  return columns;
}
