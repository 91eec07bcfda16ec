import { overlap1d } from "../../boxes/boxes.ts";
import { mathFont } from "../lines/classify.ts";
import type { Fragment } from "../lines/fragment.ts";
import { captionLabel } from "../lines/label.ts";
import { type FoundTable, findColumns, tableFromRows, toCellRows } from "./table.ts";

/** Tables without rules: rows that follow each other closely and whose cells stand under each other. */
export function findAlignedTables(fragments: readonly Fragment[], bodySize: number): FoundTable[] {
  const rows = toCellRows(fragments);
  const tables: FoundTable[] = [];
  let run: Fragment[][] = [];
  const finish = () => {
    const table = toTable(run, bodySize);
    if (table) tables.push(table);
    run = [];
  };
  for (const row of rows) {
    const last = run.at(-1);
    const cells = row.length;
    if (cells < 2 || isProseRow(row, bodySize)) {
      // One short line between rows of cells (a wrapped cell, a group heading) belongs to the table.
      const joins =
        last &&
        cells === 1 &&
        row[0]!.box[2] - row[0]!.box[0] < 16 * bodySize &&
        gapBelow(last, row) < 1.2 * bodySize &&
        run.length >= 2 &&
        !captionLabel(row[0]!.text);
      if (joins) run.push(row);
      else finish();
      continue;
    }
    if (last && (gapBelow(last, row) > 2.2 * bodySize || !sharesColumns(run, row))) finish();
    run.push(row);
  }
  finish();
  return tables;
}

const gapBelow = (above: readonly Fragment[], below: readonly Fragment[]): number =>
  Math.min(...below.map(({ box }) => box[1])) - Math.max(...above.map(({ box }) => box[3]));

/** Two or three long pieces side by side are lines of text columns. */
function isProseRow(row: readonly Fragment[], bodySize: number): boolean {
  const long = row.filter(({ box }) => box[2] - box[0] > 17 * bodySize).length;
  return long >= 1 && (long >= 2 || row.length <= 2);
}

function sharesColumns(run: readonly (readonly Fragment[])[], row: readonly Fragment[]): boolean {
  const columns = findColumns(run.slice(-6));
  const fitting = row.filter(
    ({ box }) => columns.filter(([x0, x1]) => overlap1d(x0, x1, box[0], box[2]) > 1).length === 1,
  ).length;
  return fitting >= Math.min(2, row.length);
}

function toTable(run: Fragment[][], bodySize: number): FoundTable | undefined {
  while (run.length > 0 && run.at(-1)!.length < 2) run.pop();
  if (run.length < 3) return undefined;
  const columns = findColumns(run);
  const cells = run.flat();
  if (columns.length < 2) return undefined;
  const full = run.filter((row) => row.length >= Math.max(2, 0.5 * columns.length)).length;
  if (full < 0.6 * run.length) return undefined;
  const numeric = cells.filter(
    ({ text }) =>
      /^[\s\d.,%()+–\-−±$€£¥*/:<>≤≥~xX]*\d[\s\d.,%()+–\-−±$€£¥*/:<>≤≥~a-zA-Z]*$/u.test(text) && text.length < 16,
  ).length;
  const short = cells.filter(({ text }) => text.length <= 28).length;
  const mono = cells.filter(({ font }) => font.mono).length;
  const math = cells.filter(({ font }) => mathFont.test(font.name)).length;
  if (mono > 0.5 * cells.length || math > 0.4 * cells.length) return undefined;
  const convincing =
    columns.length >= 3
      ? short > 0.6 * cells.length && numeric > 0.2 * cells.length
      : numeric > 0.4 * cells.length && short > 0.8 * cells.length;
  const listLike = columns.length >= 4 && short > 0.75 * cells.length && run.length >= 4;
  if (!convincing && !listLike) return undefined;
  // Numbers of formulas and labels of charts are scattered: the columns must be filled.
  if (cells.length < 0.45 * columns.length * run.length || bodySize <= 0) return undefined;
  return tableFromRows(run, "aligned");
}
