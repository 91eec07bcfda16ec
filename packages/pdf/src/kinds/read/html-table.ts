import { type Element, isTag } from "domhandler";
import { findAll, findOne, getAttributeValue } from "domutils";
import { isHidden } from "./html-hidden.ts";
import { wordsOf } from "./html-words.ts";

/** What a cell may claim to span. */
const maxSpan = 1000;
const maxCells = 2_000_000;

/** Tables that only place things: inside others, of one row or column, or said to be so. */
export function isLayoutTable(table: Element): boolean {
  const role = getAttributeValue(table, "role");
  if (role === "presentation" || role === "none") return true;
  if (findOne(({ name }) => name === "table", table.children, true)) return true;
  const { rows } = tableOf(table);
  return rows.length < 2 || (rows[0]?.length ?? 0) < 2;
}

/**
 * The rows of a table, as long as its longest. A cell over rows stands in each of them, and a header over columns in
 * each of those, so that every row can be read by itself.
 */
export function tableOf(table: Element): { rows: string[][]; caption?: string } {
  const caption = findOne(({ name }) => name === "caption", table.children, false);
  const rows: string[][] = [];
  let columns = 0;
  let cells = 0;
  /** Cells of rows above that reach down: column → what stands there and for how many rows more. */
  const hanging = new Map<number, { text: string; left: number }>();
  for (const tr of findAll(({ name }) => name === "tr", table.children)) {
    if (isHidden(tr)) continue;
    const row: string[] = [];
    const hang = () => {
      for (let above = hanging.get(row.length); above && above.left > 0; above = hanging.get(row.length)) {
        above.left--;
        row.push(above.text);
      }
    };
    for (const cell of tr.children) {
      if (!isTag(cell) || (cell.name !== "td" && cell.name !== "th")) continue;
      hang();
      const text = isHidden(cell) ? "" : wordsOf(cell);
      const across = spanOf(cell, "colspan");
      const down = spanOf(cell, "rowspan");
      for (let i = 0; i < across && cells < maxCells; i++, cells++) {
        if (down > 1) hanging.set(row.length, { text: i === 0 || cell.name === "th" ? text : "", left: down - 1 });
        row.push(i === 0 || cell.name === "th" ? text : "");
      }
    }
    hang();
    if (row.some((text) => text !== "")) rows.push(row);
    columns = Math.max(columns, row.length);
  }
  if (rows.length * columns > maxCells) return { rows };
  for (const row of rows) while (row.length < columns) row.push("");
  const said = caption && wordsOf(caption);
  return { rows, ...(said && { caption: said }) };
}

function spanOf(cell: Element, name: "colspan" | "rowspan"): number {
  const span = Number(getAttributeValue(cell, name) ?? 1);
  return Number.isInteger(span) && span > 1 ? Math.min(span, maxSpan) : 1;
}
