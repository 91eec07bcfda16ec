/** A header has at most this many rows. */
const maxHeaderRows = 3;

/**
 * Tells the header of a table from its body: the rows before the first that holds numbers (or dashes in their place)
 * in a third of its cells. A table of words has a header of one row. Header rows are joined by column.
 */
export function splitTable(rows: readonly string[][]): { header: string[]; body: string[][] } {
  const [first = [], ...rest] = rows;
  const firstOfData = rows.findIndex((row) => dataShare(row) >= 1 / 3);
  const wordy = rest.filter((row) => dataShare(row) >= 1 / 3).length < rest.length / 3;
  if (wordy || firstOfData < 1) return { header: first, body: rest };
  const headerRows = Math.min(firstOfData, maxHeaderRows);
  const header = first.map((_, column) =>
    rows
      .slice(0, headerRows)
      .map((row) => row[column] ?? "")
      .filter(Boolean)
      .join(" "),
  );
  return { header, body: rows.slice(headerRows) };
}

/** The share of a row's filled cells, the first one aside, that hold a number or a dash. */
function dataShare(row: readonly string[]): number {
  const cells = row.filter((cell) => cell.trim()).slice(1);
  const data = cells.filter(
    (cell) => /^[\p{P}\p{S}\s]*\d[\d.,:\s]*[\p{P}\p{S}\s]*[a-z]?$/iu.test(cell) || /^[-–—]$/.test(cell),
  );
  return cells.length === 0 ? 0 : data.length / cells.length;
}
