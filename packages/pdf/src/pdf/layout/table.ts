import { overlap1d, unionAll } from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";
import type { Glyph } from "../glyphs.ts";
import { type Fragment, gapBetween, toFragment } from "../lines/fragment.ts";
import { buildLines, readingOrder } from "../lines/lines.ts";

/** A table found on a page, in the frame of the fragments. */
export interface FoundTable {
  box: Box;
  rows: string[][];
  fragments: Fragment[];
  /** Ruled on all sides, by horizontal rules only, or by alignment alone. */
  kind: "grid" | "rules" | "aligned";
}

/** Gap (in ems) between cells of one row; word spaces are narrower. */
const cellGap = 0.62;

/** Cuts a fragment into the pieces that may be cells of their own. */
export function splitCells(fragment: Fragment, gapEm = cellGap): Fragment[] {
  const pieces: Glyph[][] = [[]];
  let previous: Glyph | undefined;
  for (const glyph of fragment.glyphs) {
    if (glyph.text === " ") {
      if (pieces.at(-1)!.length > 0) pieces.at(-1)!.push(glyph);
      continue;
    }
    if (previous && gapBetween(previous, glyph) > gapEm * fragment.size) pieces.push([]);
    pieces.at(-1)!.push(glyph);
    previous = glyph;
  }
  const used = pieces.filter((piece) => piece.some((glyph) => glyph.text !== " "));
  return used.length <= 1 ? [fragment] : used.map(toFragment);
}

/** The columns of rows of cells: x-ranges from left to right; cells that span several are left out of account. */
export function findColumns(rows: readonly (readonly Fragment[])[]): [x0: number, x1: number][] {
  const columns: [number, number][] = [];
  const cells = rows.flat().sort((a, b) => a.box[2] - a.box[0] - (b.box[2] - b.box[0]));
  for (const { box } of cells) {
    const touched = columns.filter(([x0, x1]) => overlap1d(x0, x1, box[0], box[2]) > 0.5);
    if (touched.length === 0) columns.push([box[0], box[2]]);
    else if (touched.length === 1) {
      const column = touched[0]!;
      column[0] = Math.min(column[0], box[0]);
      column[1] = Math.max(column[1], box[2]);
    }
  }
  return columns.sort((a, b) => a[0] - b[0]);
}

/** Fills a matrix of cells; a cell that spans columns goes to the first. */
function fillRows(rows: readonly (readonly Fragment[])[], columns: readonly [number, number][]): string[][] {
  return rows.map((row) => {
    const cells: string[][] = columns.map(() => []);
    for (const fragment of [...row].sort((a, b) => a.box[0] - b.box[0])) {
      let best = 0;
      let most = -Infinity;
      const spans =
        columns.filter(([x0, x1]) => overlap1d(x0, x1, fragment.box[0], fragment.box[2]) > 0.5 * (x1 - x0)).length > 1;
      for (const [i, [x0, x1]] of columns.entries()) {
        const shared = overlap1d(x0, x1, fragment.box[0], fragment.box[2]);
        if (shared > most && !(spans && most > 0)) [best, most] = [i, shared];
      }
      cells[best]!.push(fragment.text);
    }
    return cells.map(readingOrder);
  });
}

/** Fragments as rows of cells, top to bottom. */
export function toCellRows(fragments: readonly Fragment[]): Fragment[][] {
  return buildLines(fragments.flatMap((fragment) => splitCells(fragment))).map((line) => line.fragments);
}

/** A table of rows without rules between them: the second and later lines of a cell join the row above. */
export function tableFromRows(rows: Fragment[][], kind: FoundTable["kind"], frame?: Box): FoundTable | undefined {
  const columns = findColumns(rows);
  if (columns.length < 2 || rows.length < 2) return undefined;
  const fragments = rows.flat();
  const text = unionAll(fragments.map(({ box }) => box));
  return { box: frame ?? text, rows: joinWrapped(fillRows(rows, columns), rows), fragments, kind };
}

/** A number does not wrap: one under another is a new row. */
const isNumber = (cell: string): boolean => /^[-+−±~≈<>≤≥$€£¥(]*\d[\d\s.,/%=()]*$/u.test(cell);

/** A line whose first cell is empty and that stands closer to the row above than rows do is a wrapped cell. */
function joinWrapped(cells: string[][], rows: readonly (readonly Fragment[])[]): string[][] {
  const steps = rows.slice(1).map((row, i) => row[0]!.baseline - rows[i]![0]!.baseline);
  const tight = Math.min(...steps);
  const loose = Math.max(...steps);
  if (!(loose > 1.35 * tight)) return cells;
  const joined: string[][] = [cells[0]!];
  for (let i = 1; i < cells.length; i++) {
    const last = joined.at(-1)!;
    const continuation = steps[i - 1]! < 1.15 * tight && cells[i]!.some((cell, j) => cell === "" && last[j] !== "");
    const numbersAgain = cells[i]!.some((cell, j) => isNumber(cell) && isNumber(last[j]!));
    if (continuation && !numbersAgain && cells[i]!.every((cell, j) => cell === "" || last[j] !== "")) {
      for (const [j, cell] of cells[i]!.entries()) if (cell !== "") last[j] = `${last[j]} ${cell}`;
    } else joined.push([...cells[i]!]);
  }
  return joined;
}
