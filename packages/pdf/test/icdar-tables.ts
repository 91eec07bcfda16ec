import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openPdfFile } from "../src/pdf/open-pdf.ts";

/** Counts of one file, from which precision, recall and F1 follow. */
export interface TableScore {
  file: string;
  cellsFound: number;
  cellsTrue: number;
  cellsRight: number;
  pairsFound: number;
  pairsTrue: number;
  pairsRight: number;
}

interface Cell {
  page: number;
  table: string;
  row: [number, number];
  column: [number, number];
  text: string;
}

const plain = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/[\s\u00a0]+/gu, "")
    .toLowerCase();

/** The cells of an ICDAR 2013 `-str.xml` ground truth file. */
function readTruth(source: string): Cell[] {
  const xml = source.replaceAll('"', "'");
  const cells: Cell[] = [];
  for (const [, tableId, table] of xml.matchAll(/<table id='(\d+)'[^>]*>([\s\S]*?)<\/table>/g)) {
    for (const [, attributes, region] of table!.matchAll(/<region ([^>]*)>([\s\S]*?)<\/region>/g)) {
      const page = Number(/page='(\d+)'/.exec(attributes!)![1]);
      for (const [, head, body] of region!.matchAll(/<cell ([^>]*)>([\s\S]*?)<\/cell>/g)) {
        const at = (name: string) => Number(new RegExp(`${name}='(\\d+)'`).exec(head!)?.[1] ?? Number.NaN);
        const text = /<content>([\s\S]*?)<\/content>/.exec(body!)?.[1] ?? "";
        const [row, column] = [at("start-row"), at("start-col")];
        cells.push({
          page,
          table: `${tableId}`,
          row: [row, at("end-row") || row],
          column: [column, at("end-col") || column],
          text: plain(
            text
              .replaceAll("&amp;", "&")
              .replaceAll("&lt;", "<")
              .replaceAll("&gt;", ">")
              .replaceAll("&quot;", '"')
              .replaceAll("&apos;", "'"),
          ),
        });
      }
    }
  }
  return cells;
}

/** Neighbouring cells of a table: the measure of the ICDAR 2013 competition (Göbel et al., 2012). */
function neighbours(cells: readonly Cell[]): string[] {
  const pairs = new Set<string>();
  const grid = new Map<string, Cell>();
  let [lastRow, lastColumn] = [0, 0];
  for (const cell of cells) {
    if (cell.text === "") continue;
    for (let r = cell.row[0]; r <= cell.row[1]; r++)
      for (let c = cell.column[0]; c <= cell.column[1]; c++) grid.set(`${r},${c}`, cell);
    lastRow = Math.max(lastRow, cell.row[1]);
    lastColumn = Math.max(lastColumn, cell.column[1]);
  }
  const ids = new Map(cells.map((cell, i) => [cell, i]));
  const result: string[] = [];
  const note = (a: Cell | undefined, b: Cell, direction: string) => {
    if (!a || a === b) return;
    const key = `${ids.get(a)}-${ids.get(b)}${direction}`;
    if (pairs.has(key)) return;
    pairs.add(key);
    result.push(`${a.text}\u241f${b.text}\u241f${direction}`);
  };
  for (let r = 0; r <= lastRow; r++) {
    let previous: Cell | undefined;
    for (let c = 0; c <= lastColumn; c++) {
      const cell = grid.get(`${r},${c}`);
      if (!cell) continue;
      note(previous, cell, "→");
      previous = cell;
    }
  }
  for (let c = 0; c <= lastColumn; c++) {
    let previous: Cell | undefined;
    for (let r = 0; r <= lastRow; r++) {
      const cell = grid.get(`${r},${c}`);
      if (!cell) continue;
      note(previous, cell, "↓");
      previous = cell;
    }
  }
  return result;
}

function common(found: readonly string[], truth: readonly string[]): number {
  const left = new Map<string, number>();
  for (const item of truth) left.set(item, (left.get(item) ?? 0) + 1);
  let count = 0;
  for (const item of found) {
    const n = left.get(item) ?? 0;
    if (n > 0) {
      left.set(item, n - 1);
      count++;
    }
  }
  return count;
}

function byTable(cells: readonly Cell[]): string[] {
  const tables = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.page}/${cell.table}`;
    tables.set(key, [...(tables.get(key) ?? []), cell]);
  }
  return [...tables.values()].flatMap(neighbours);
}

/** Reads every PDF of the ICDAR 2013 folder and compares its tables with the ground truth. */
export async function scoreIcdar(folder: string): Promise<TableScore[]> {
  const scores: TableScore[] = [];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".pdf"))
    .sort()) {
    const truth = readTruth(readFileSync(join(folder, file.replace(".pdf", "-str.xml")), "utf8"));
    const pdf = await openPdfFile(join(folder, file));
    const found: Cell[] = [];
    for (let n = 1; n <= pdf.info.pageCount; n++) {
      const page = await pdf.readPage(n, { figureImages: "none" });
      for (const [t, block] of page.blocks.filter(({ kind }) => kind === "table").entries())
        for (const [r, row] of block.rows!.entries())
          for (const [c, cell] of row.entries())
            found.push({ page: n, table: String(t), row: [r, r], column: [c, c], text: plain(cell) });
    }
    pdf.close();
    const cells = (list: readonly Cell[]) =>
      list.filter(({ text }) => text !== "").map(({ page, text }) => `${page}/${text}`);
    const [pairsFound, pairsTrue] = [byTable(found), byTable(truth)];
    scores.push({
      file,
      cellsFound: cells(found).length,
      cellsTrue: cells(truth).length,
      cellsRight: common(cells(found), cells(truth)),
      pairsFound: pairsFound.length,
      pairsTrue: pairsTrue.length,
      pairsRight: common(pairsFound, pairsTrue),
    });
  }
  return scores;
}

const f1 = (right: number, found: number, truth: number): number => (right === 0 ? 0 : (2 * right) / (found + truth));

export function totals(scores: readonly TableScore[]): { cellF1: number; pairF1: number } {
  const sum = (key: Exclude<keyof TableScore, "file">) => scores.reduce((total, score) => total + score[key], 0);
  return {
    cellF1: f1(sum("cellsRight"), sum("cellsFound"), sum("cellsTrue")),
    pairF1: f1(sum("pairsRight"), sum("pairsFound"), sum("pairsTrue")),
  };
}
