import type { Block, Page } from "../../document.ts";
import { splitTable } from "../../text/table-header.ts";

/** Blocks that stand between the pages of a table and are none of it. */
const furniture = new Set<Block["kind"]>(["header", "footer", "footnote"]);
/** How far (points) the edges of one table may lie apart on two pages. */
const edgeTolerance = 18;

/**
 * A page whose first block goes on with the table that ended the page before: its rows get the header that stands there,
 * and its figure the label and caption. A page that repeats the header keeps its own.
 */
export function continueTable(page: Page, before: Page | undefined): Page {
  const above = before?.blocks.findLast(({ kind }) => !furniture.has(kind));
  const index = page.blocks.findIndex(({ kind }) => !furniture.has(kind));
  const block = page.blocks[index];
  if (!before || !above?.rows || !block?.rows || block.continues || !isSameTable(above, block)) return page;
  const { header } = splitTable(above.rows);
  const blocks = [...page.blocks];
  const repeats = block.rows.slice(0, 2).some((row) => sameCells(row, header));
  blocks[index] = { ...block, continues: true, rows: repeats ? block.rows : [header, ...block.rows] };
  const named = before.figures.find(({ kind, box }) => kind === "table" && meets(box, above.box));
  const figures = page.figures.map((figure) =>
    named && figure.kind === "table" && !figure.label && meets(figure.box, block.box)
      ? { ...figure, label: named.label, caption: named.caption }
      : figure,
  );
  return { ...page, blocks, figures };
}

function isSameTable(above: Block, below: Block): boolean {
  return (
    above.rows![0]!.length === below.rows![0]!.length &&
    Math.abs(above.box[0] - below.box[0]) < edgeTolerance &&
    Math.abs(above.box[2] - below.box[2]) < 2 * edgeTolerance
  );
}

function sameCells(a: readonly string[], b: readonly string[]): boolean {
  const plain = (row: readonly string[]) => row.map((cell) => cell.replace(/\s+/g, "").toLowerCase()).join("|");
  return plain(a) === plain(b);
}

function meets(a: Block["box"], b: Block["box"]): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
