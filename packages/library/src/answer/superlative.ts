import { readValue } from "@loam/pdf";
import { searchTerms } from "@loam/search";
import type { ScoredPassage } from "./extractive.ts";

const highest =
  /\b(?:most|highest|largest|greatest|biggest|maximum|longest|tallest|heaviest|oldest|deepest|fastest|best|latest)\b|最多|最高|最大|最长|最快|最重/i;
const lowest =
  /\b(?:least|fewest|lowest|smallest|minimum|shortest|lightest|youngest|slowest|worst|earliest)\b|最少|最低|最小|最短|最慢|最轻/i;
/** What stands beside an amount in a sentence of another kind: "at most ten", "most of the boats". */
const notAsked = /\b(?:at (?:most|least)|most of|best of)\b/i;

/** Which end of a column a question asks for; undefined when it compares nothing. */
export function askedEnd(question: string): "highest" | "lowest" | undefined {
  if (notAsked.test(question)) return undefined;
  return highest.test(question) ? "highest" : lowest.test(question) ? "lowest" : undefined;
}

/**
 * The row of a table that has the highest or lowest value where the question asks for it: among the rows of the table that
 * answers best, in the column that the question names, or the only one with numbers.
 */
export function extremeRow(
  question: string,
  end: "highest" | "lowest",
  scored: readonly ScoredPassage[],
): ScoredPassage | undefined {
  const best = scored.find(({ passage }) => passage.header?.includes(" | "));
  if (!best) return undefined;
  const heads = best.passage.header!.split(" | ");
  const rows = scored
    .filter(
      ({ passage, document }) =>
        document === best.document &&
        passage.header === best.passage.header &&
        passage.figure === best.passage.figure &&
        passage.context === best.passage.context,
    )
    .map((row) => ({ row, cells: row.passage.text.split(" | ") }))
    .filter(
      ({ cells }) =>
        cells.length === heads.length && !/^(?:total|sum|average|mean|all|合计|总计|平均)$/i.test(cells[0]!.trim()),
    );
  if (rows.length < 2) return undefined;
  const asked = new Set(searchTerms(question));
  const value = (cell: string): number | undefined => readValue(cell.replace(/^≈\s*/, ""));
  const columns = heads.flatMap((head, i) => {
    const filled = rows.filter(({ cells }) => value(cells[i]!) !== undefined).length;
    if (i === 0 || filled < 0.7 * rows.length) return [];
    return [{ i, named: searchTerms(head).filter((term) => asked.has(term)).length }];
  });
  const named = columns.filter((column) => column.named > 0).sort((a, b) => b.named - a.named);
  const column = named[0] ?? (columns.length === 1 ? columns[0] : undefined);
  if (!column) return undefined;
  const sign = end === "highest" ? 1 : -1;
  return rows
    .flatMap(({ row, cells }) => {
      const number = value(cells[column.i]!);
      return number === undefined ? [] : [{ row, number }];
    })
    .reduce((a, b) => (sign * b.number > sign * a.number ? b : a)).row;
}
