import { roundBox } from "../../boxes/boxes.ts";
import type { Block, Box } from "../../document.ts";
import type { Glyph } from "../glyphs.ts";
import type { PageGraphics } from "../graphics.ts";
import { toBlock } from "../lines/classify.ts";
import { buildFragments, type Fragment } from "../lines/fragment.ts";
import { buildLines } from "../lines/lines.ts";
import {
  applyX,
  applyY,
  identity,
  invert,
  type Matrix,
  multiply,
  transformBox,
  uprightFrame,
} from "../lines/page-frame.ts";
import { splitParagraphs } from "../lines/paragraphs.ts";
import { layOutFragments, type PageLayout, type Surroundings } from "./lay-out-fragments.ts";

/** Groups glyphs by direction of reading and turns each group upright. */
export function uprightFragments(
  glyphs: readonly Glyph[],
  { widthPt, heightPt, gapEm }: { widthPt: number; heightPt: number; gapEm?: number },
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
    const frame = vertical ? uprightFrame(1, widthPt, heightPt) : uprightFrame(Math.max(turn, 0), widthPt, heightPt);
    const turned = vertical
      ? group.map((glyph) => turnVertical(glyph, frame))
      : frame === identity
        ? group
        : group.map((glyph) => turnGlyph(glyph, frame));
    return { turn, toUpright: frame, fragments: buildFragments(turned, gapEm) };
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

/** Puts a page together: running heads, tables and figures first, then columns, paragraphs and what each is. */
export function layOutPage(
  { main, side }: ReturnType<typeof uprightFragments>,
  graphics: PageGraphics,
  { widthPt, heightPt }: { widthPt: number; heightPt: number },
  surroundings: Surroundings,
): PageLayout {
  const flat = main.turn % 2 === 0 && main.toUpright[1] === 0;
  const size = { widthPt: flat ? widthPt : heightPt, heightPt: flat ? heightPt : widthPt };
  const back = invert(main.toUpright);
  // The labels of a chart may be turned: they are seen where they stand, and what no chart takes is set as text.
  const turned = side.flatMap(({ toUpright, fragments }) => {
    const toMain = multiply(invert(toUpright), main.toUpright);
    return fragments.map((own) => ({ own, label: { ...own, box: transformBox(toMain, ...own.box) } }));
  });
  const turnedText = {
    labels: turned.map(({ label }) => label),
    blocksWithout: (taken: ReadonlySet<Fragment>) => {
      const gone = new Set(turned.filter(({ label }) => taken.has(label)).map(({ own }) => own));
      return side.flatMap(({ toUpright, fragments }) => {
        const left = fragments.filter((fragment) => !gone.has(fragment));
        if (left.length === 0) return [];
        return splitParagraphs(buildLines(left)).map((lines) =>
          turnBlock(
            toBlock(lines, { ...size, bodySize: surroundings.bodySize }),
            multiply(invert(toUpright), main.toUpright),
          ),
        );
      });
    },
  };
  const { blocks, figures } = layOutFragments(
    main.fragments,
    turnGraphics(graphics, main.toUpright),
    size,
    surroundings,
    turnedText,
  );
  if (main.toUpright === identity) return { blocks, figures };
  return {
    blocks: blocks.map((block) => turnBlock(block, back)),
    figures: figures.map((figure) => ({
      ...figure,
      box: roundBox(transformBox(back, ...figure.box)),
      captionBox: figure.captionBox && roundBox(transformBox(back, ...figure.captionBox)),
    })),
  };
}

function turnGraphics(graphics: PageGraphics, frame: Matrix): PageGraphics {
  if (frame === identity) return graphics;
  const turn = (box: Box) => transformBox(frame, ...box);
  const swap = frame[0] === 0;
  return {
    ...graphics,
    images: graphics.images.map(turn),
    shapes: graphics.shapes.map(turn),
    rectangles: graphics.rectangles.map((rectangle) => ({ ...rectangle, box: turn(rectangle.box) })),
    marks: graphics.marks.map((mark) => ({
      ...mark,
      box: turn(mark.box),
      points: mark.points.map(([x, y]) => [applyX(frame, x, y), applyY(frame, x, y)]),
    })),
    rules: graphics.rules.map(({ direction, box }) => ({
      direction: swap ? (direction === "horizontal" ? "vertical" : "horizontal") : direction,
      box: turn(box),
    })),
  };
}

function turnBlock(block: Block, toShown: Matrix): Block {
  return {
    ...block,
    box: roundBox(transformBox(toShown, ...block.box)),
    lines: block.lines.map(({ text, box }) => ({ text, box: roundBox(transformBox(toShown, ...box)) })),
  };
}
