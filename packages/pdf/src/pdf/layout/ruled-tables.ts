import { holdsCentre, near, overlap1d, unionAll } from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";
import type { PageGraphics, Rule } from "../graphics.ts";
import type { Fragment } from "../lines/fragment.ts";
import { joinLines } from "../lines/join-lines.ts";
import { captionLabel } from "../lines/label.ts";
import { buildLines } from "../lines/lines.ts";
import { type FoundTable, findColumns, splitCells, tableFromRows, toCellRows } from "./table.ts";

/** Tables that rules draw: full grids, and rows between horizontal rules as booktabs sets them. */
export function findRuledTables(fragments: readonly Fragment[], graphics: PageGraphics): FoundTable[] {
  const rules = joinCollinear([...graphics.rules, ...edges(graphics)]);
  const tables: FoundTable[] = [];
  for (const group of connected(rules)) {
    const table = gridTable(group, fragments);
    if (table) tables.push(table);
  }
  const free = (box: Box) => !tables.some((table) => near(table.box, box, 1));
  const horizontal = rules.filter((rule) => rule.direction === "horizontal" && free(rule.box));
  for (const stack of stacks(horizontal)) {
    const table = stackTable(
      stack,
      fragments.filter(({ box }) => free(box)),
      graphics,
    );
    if (table) tables.push(table);
  }
  return tables;
}

/** The sides of rectangles, which many programs draw as the borders and shadings of cells. */
function edges({ rectangles }: PageGraphics): Rule[] {
  if (rectangles.length > 3000) return [];
  return rectangles.flatMap(({ box: [x0, y0, x1, y1] }) => {
    if (x1 - x0 < 8 || y1 - y0 < 6) return [];
    return [
      { direction: "horizontal", box: [x0, y0, x1, y0] },
      { direction: "horizontal", box: [x0, y1, x1, y1] },
      { direction: "vertical", box: [x0, y0, x0, y1] },
      { direction: "vertical", box: [x1, y0, x1, y1] },
    ] as Rule[];
  });
}

/** Pieces of one line, drawn cell by cell, become one rule. */
export function joinCollinear(rules: readonly Rule[]): Rule[] {
  const joined: Rule[] = [];
  for (const direction of ["horizontal", "vertical"] as const) {
    const [along, across] = direction === "horizontal" ? [0, 1] : [1, 0];
    const sorted = rules
      .filter((rule) => rule.direction === direction)
      .sort(
        (a, b) =>
          Math.round(a.box[across]! + a.box[across + 2]!) - Math.round(b.box[across]! + b.box[across + 2]!) ||
          a.box[along]! - b.box[along]!,
      );
    for (const rule of sorted) {
      const last = joined.at(-1);
      const same =
        last?.direction === direction &&
        Math.abs((last.box[across]! + last.box[across + 2]! - rule.box[across]! - rule.box[across + 2]!) / 2) < 1.6 &&
        rule.box[along]! - last.box[along + 2]! < 4;
      if (same) last.box = unionAll([last.box, rule.box]);
      else joined.push({ direction, box: rule.box });
    }
  }
  return joined;
}

/** Rules that touch each other, in groups. */
function connected(rules: readonly Rule[]): Rule[][] {
  if (rules.length > 1500) return [];
  const groups: { rules: Rule[]; box: Box }[] = [];
  for (const rule of rules) {
    const touching = groups.filter(
      (group) => near(group.box, rule.box, 2) && group.rules.some((other) => near(other.box, rule.box, 2)),
    );
    const merged = {
      rules: [rule, ...touching.flatMap((group) => group.rules)],
      box: unionAll([rule.box, ...touching.map((group) => group.box)]),
    };
    for (const group of touching) groups.splice(groups.indexOf(group), 1);
    groups.push(merged);
  }
  return groups.map((group) => group.rules);
}

const middle = (rule: Rule): number =>
  rule.direction === "horizontal" ? (rule.box[1] + rule.box[3]) / 2 : (rule.box[0] + rule.box[2]) / 2;

/** Positions without near-repeats. */
function distinct(values: readonly number[], tolerance: number): number[] {
  const kept: number[] = [];
  for (const value of [...values].sort((a, b) => a - b))
    if (kept.length === 0 || value - kept.at(-1)! > tolerance) kept.push(value);
  return kept;
}

function gridTable(rules: readonly Rule[], fragments: readonly Fragment[]): FoundTable | undefined {
  const horizontal = rules.filter((rule) => rule.direction === "horizontal");
  const vertical = rules.filter((rule) => rule.direction === "vertical");
  if (horizontal.length < 2 || vertical.length < 1) return undefined;
  const box = unionAll(rules.map((rule) => rule.box));
  const ys = distinct(horizontal.map(middle), 3);
  const inside = fragments.filter((fragment) => holdsCentre(box, fragment.box));
  if (inside.length < 3 || inside.filter(({ font }) => font.mono).length > 0.6 * inside.length) return undefined;
  const xs = distinct([...vertical.map(middle), box[0], box[2]], 3);
  if (ys.length < 2 || xs.length < 3 || (ys.length < 3 && xs.length < 4)) return undefined;
  // In a chart's grid of lines most cells are empty, and labels lie on the lines.
  const words = inside.flatMap((fragment) => splitAt(fragment, vertical));
  const cells: Fragment[][][] = Array.from({ length: ys.length - 1 }, () =>
    Array.from({ length: xs.length - 1 }, () => []),
  );
  let crossing = 0;
  for (const word of words) {
    const i = slot(ys, (word.box[1] + word.box[3]) / 2);
    const left = Math.max(0, slot(xs, word.box[0] + 1));
    if (i < 0 || i >= ys.length - 1) continue;
    if (
      ys.some(
        (y) =>
          y > word.box[1] + 2 &&
          y < word.box[3] - 2 &&
          horizontal.some(
            (rule) =>
              Math.abs(middle(rule) - y) < 1 && overlap1d(rule.box[0], rule.box[2], word.box[0], word.box[2]) > 2,
          ),
      )
    )
      crossing++;
    cells[i]![Math.min(left, xs.length - 2)]!.push(word);
  }
  const filled = cells.flat().filter((cell) => cell.length > 0).length;
  const filledRows = cells.filter((row) => row.some((cell) => cell.length > 0));
  if (crossing > 0.25 * words.length) return undefined;
  if (filledRows.length < 2 && (filledRows[0]?.filter((cell) => cell.length > 0).length ?? 0) < 2) return undefined;
  if (filled < 0.25 * cells.flat().length || filled < 4) return undefined;
  // One tall row of a grid with several printed lines in every column has no rules between its rows.
  const rows = cells.flatMap((row) => spreadRow(row)).filter((row) => row.some((cell) => cell !== ""));
  const kept = rows[0]!.map((_, j) => rows.some((row) => row[j] !== ""));
  const compact = rows.map((row) => row.filter((_, j) => kept[j]));
  if (compact[0]!.length < 2 || compact.length < 2) return undefined;
  return { box, rows: compact, fragments: inside, kind: "grid" };
}

/** The last position at or before a value. */
function slot(positions: readonly number[], value: number): number {
  let i = -1;
  while (i + 1 < positions.length && positions[i + 1]! <= value) i++;
  return i;
}

function splitAt(fragment: Fragment, vertical: readonly Rule[]): Fragment[] {
  const crossed = vertical.some(
    (rule) =>
      middle(rule) > fragment.box[0] + 1 &&
      middle(rule) < fragment.box[2] - 1 &&
      overlap1d(rule.box[1], rule.box[3], fragment.box[1], fragment.box[3]) > 1,
  );
  return crossed ? splitCells(fragment, 0.12) : [fragment];
}

/** A ruled row as one row of cells; as several, when each of its columns has the same lines. */
function spreadRow(row: readonly Fragment[][]): string[][] {
  const lines = row.map((cell) => buildLines(cell));
  const counts = lines.filter((cell) => cell.length > 0).map((cell) => cell.length);
  const most = Math.max(0, ...counts);
  if (
    most >= 4 &&
    counts.length >= 2 &&
    counts.filter((count) => count >= 0.8 * most).length >= Math.max(2, 0.6 * counts.length)
  ) {
    const cells = toRowsOf(row);
    if (cells) return cells;
  }
  return [lines.map((cell) => joinLines(cell.map((line) => line.text)))];
}

function toRowsOf(row: readonly Fragment[][]): string[][] | undefined {
  const baselines = distinct(
    row.flat().map((fragment) => fragment.baseline),
    3,
  );
  return baselines.map((baseline) =>
    row.map((cell) =>
      cell
        .filter((fragment) => Math.abs(fragment.baseline - baseline) <= 3.01)
        .sort((a, b) => a.box[0] - b.box[0])
        .map((fragment) => fragment.text)
        .join(" "),
    ),
  );
}

/** Shorter rules (points) are fraction bars, roots and underlines. */
const shortestTableRule = 90;

/** Horizontal rules of the same left and right end, one under the other. */
export function stacks(rules: readonly Rule[]): Rule[][] {
  const found: Rule[][] = [];
  for (const rule of [...rules].sort((a, b) => a.box[1] - b.box[1])) {
    if (rule.box[2] - rule.box[0] < shortestTableRule) continue;
    const stack = found.find(
      (candidate) =>
        Math.abs(candidate[0]!.box[0] - rule.box[0]) < 6 &&
        Math.abs(candidate[0]!.box[2] - rule.box[2]) < 6 &&
        rule.box[1] - candidate.at(-1)!.box[3] < 420,
    );
    if (stack) stack.push(rule);
    else found.push([rule]);
  }
  return found.filter((stack) => stack.length >= 2);
}

/** The rows between the first and the last rule of a stack; a stack over running text is cut where the text begins. */
function stackTable(
  stack: readonly Rule[],
  fragments: readonly Fragment[],
  graphics: PageGraphics,
): FoundTable | undefined {
  const bands = stack.slice(1).map((rule, i) => {
    const above = stack[i]!;
    const box: Box = [
      Math.min(above.box[0], rule.box[0]) - 3,
      above.box[1],
      Math.max(above.box[2], rule.box[2]) + 3,
      rule.box[3],
    ];
    return { box, rows: toCellRows(fragments.filter((fragment) => holdsCentre(box, fragment.box))) };
  });
  // The longest run of bands that hold rows of cells and no prose.
  let best: typeof bands = [];
  let current: typeof bands = [];
  for (const band of bands) {
    if (band.rows.length > 0 && !isProse(band.rows, band.box) && !holdsCaption(band.rows)) current.push(band);
    else current = [];
    if (current.length > best.length) best = current;
  }
  if (best.length === 0) return undefined;
  const rows = best.flatMap((band) => band.rows);
  const box = unionAll(best.map((band) => band.box));
  const cells = rows.flat();
  if (cells.filter((fragment) => fragment.font.mono).length > 0.6 * cells.length) return undefined; // a program listing
  const drawn = [...graphics.images, ...graphics.shapes].filter(
    (shape) => holdsCentre(box, shape) && shape[3] - shape[1] > 20,
  );
  if (drawn.length > 0) return undefined;
  if (findColumns(rows).length < 2 || rows.filter((row) => row.length > 1).length < 0.5 * rows.length) return undefined;
  return tableFromRows(rows, "rules", box);
}

function holdsCaption(rows: readonly (readonly Fragment[])[]): boolean {
  return rows.some((row) => captionLabel(row.map((fragment) => fragment.text).join(" ")) !== undefined);
}

/** Most rows are one cell that fills the width. */
function isProse(rows: readonly (readonly Fragment[])[], box: Box): boolean {
  const wide = rows.filter(
    (row) => row.length === 1 && row[0]!.box[2] - row[0]!.box[0] > 0.6 * (box[2] - box[0]),
  ).length;
  return rows.length >= 2 ? wide > 0.5 * rows.length : wide === rows.length && rows[0]![0]!.text.length > 60;
}
