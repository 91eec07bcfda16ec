import { roundBox } from "../../boxes/boxes.ts";
import type { Block, Box } from "../../document.ts";
import type { Fragment } from "./fragment.ts";
import { buildLines, type Line, toLine } from "./lines.ts";

/** A line of the page's top or bottom margin, kept to be compared with those of the pages around. */
export interface MarginLine {
  /** Digits as "#", without spaces. */
  pattern: string;
  text: string;
  y: number;
  box: Box;
}

/** How much of the page's height (from an edge) may hold running heads. */
const marginShare = 0.13;

function toPattern(text: string): string {
  return text
    .replace(/\d+/gu, "#")
    .replace(/\b[ivxlc]{1,6}\b/giu, "#")
    .replace(/\s+/gu, "")
    .toLowerCase();
}

const pageNumber =
  /^(?:[-–—·•|\s]*(?:page|p\.|第)?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*(?:页)?(?:\s*(?:of|\/|共)\s*\d{1,4}\s*页?)?[-–—·•|\s]*)$/iu;

/**
 * Whether a margin line runs: the same text (numbers aside) stands at about the same height on a page around, or it is
 * a page number at the very edge.
 */
function isRunning(
  line: MarginLine,
  around: readonly (readonly MarginLine[])[],
  { outermost }: { outermost: boolean },
): boolean {
  if (outermost && pageNumber.test(line.text)) return true;
  if (line.pattern.length < 2 && !/[#]/.test(line.pattern)) return false;
  return around.some((lines) =>
    lines.some((other) => other.pattern === line.pattern && Math.abs(other.y - line.y) < 8),
  );
}

/** The lines near the top and bottom edge, for comparison with the pages around. */
export function readMarginLines(fragments: readonly Fragment[], heightPt: number): MarginLine[] {
  const inMargin = fragments.filter(
    ({ box }) => box[3] < marginShare * heightPt || box[1] > (1 - marginShare) * heightPt,
  );
  // Each piece also stands alone: a running head may share its line with other text.
  return buildLines(inMargin).flatMap((line) =>
    line.fragments.length > 1
      ? [line, ...line.fragments.map((fragment) => toLine([fragment]))].map(toMarginLine)
      : [toMarginLine(line)],
  );
}

function toMarginLine(line: Line): MarginLine {
  return { pattern: toPattern(line.text), text: line.text, y: line.baseline, box: line.box };
}

/** Takes headers and footers from the edges inwards, until a line does not run. */
export function takeRunningHeads(
  fragments: readonly Fragment[],
  heightPt: number,
  around: readonly (readonly MarginLine[])[],
): { running: Block[]; rest: Fragment[] } {
  const running: Block[] = [];
  const taken = new Set<Fragment>();
  for (const kind of ["header", "footer"] as const) {
    const zone = fragments.filter(({ box }) =>
      kind === "header" ? box[3] < marginShare * heightPt : box[1] > (1 - marginShare) * heightPt,
    );
    const lines = buildLines(zone);
    const inwards = buildLines(fragments);
    if (kind === "footer") {
      lines.reverse();
      inwards.reverse();
    }
    for (const [i, line] of lines.entries()) {
      if (isTableRow(line, inwards)) break;
      const outermost = i === 0;
      const pieces = isRunning(toMarginLine(line), around, { outermost })
        ? [line]
        : line.fragments
            .map((fragment) => toLine([fragment]))
            .filter((piece) => line.fragments.length > 1 && isRunning(toMarginLine(piece), around, { outermost }));
      if (pieces.length === 0) break;
      for (const { text, box: exact, fragments: parts } of pieces) {
        const box = roundBox(exact);
        running.push({ kind, text, box, lines: [{ text, box }] });
        for (const fragment of parts) taken.add(fragment);
      }
    }
  }
  return { running, rest: fragments.filter((fragment) => !taken.has(fragment)) };
}

/**
 * Whether a line is the outermost row of a table: its pieces stand over (or under) those of the next line inwards, close
 * to it, as its columns. Such rows differ in their numbers only, as running heads do.
 */
function isTableRow(line: Line, inwards: readonly Line[]): boolean {
  if (line.fragments.length < 2) return false;
  const next = inwards[inwards.findIndex(({ baseline }) => baseline === line.baseline) + 1];
  if (!next || next.fragments.length < 2) return false;
  const height = Math.max(line.box[3] - line.box[1], line.size);
  const gap = Math.max(next.box[1] - line.box[3], line.box[1] - next.box[3]);
  if (gap > 1.6 * height) return false;
  const inColumn = line.fragments.filter(({ box }) =>
    next.fragments.some(
      (other) =>
        Math.abs(other.box[0] - box[0]) < 3 ||
        Math.abs(other.box[2] - box[2]) < 3 ||
        Math.abs(other.box[0] + other.box[2] - box[0] - box[2]) < 6,
    ),
  );
  return inColumn.length >= Math.max(2, 0.6 * line.fragments.length);
}
