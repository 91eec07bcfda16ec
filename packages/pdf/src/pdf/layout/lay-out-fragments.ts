import {
  area,
  grow,
  height,
  holdsCentre,
  intersect,
  near,
  overlap1d,
  roundBox,
  union,
  unionAll,
  width,
} from "../../boxes/boxes.ts";
import type { Block, Box, Figure } from "../../document.ts";
import type { PageGraphics } from "../graphics.ts";
import { toBlock } from "../lines/classify.ts";
import { cutColumns } from "../lines/columns.ts";
import type { Fragment } from "../lines/fragment.ts";
import { captionLabel } from "../lines/label.ts";
import { buildLines } from "../lines/lines.ts";
import { splitParagraphs } from "../lines/paragraphs.ts";
import { type MarginLine, takeRunningHeads } from "../lines/running-heads.ts";
import { findAlignedTables } from "./aligned-tables.ts";
import { readCharts, scaleLabels, wordsOf } from "./charts.ts";
import { axesFrames, findDrawnRegions } from "./drawings.ts";
import { type FigureDraft, joinCaptions } from "./join-captions.ts";
import { findRuledTables, joinCollinear, stacks } from "./ruled-tables.ts";
import { type FoundTable, tableFromRows, toCellRows } from "./table.ts";

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

/** Text that reads in another direction than the page. */
export interface TurnedText {
  /** In the frame of the page, each with its box as it stands there. */
  labels: readonly Fragment[];
  /** The blocks of this text without the labels that a chart has taken. */
  blocksWithout(taken: ReadonlySet<Fragment>): Block[];
}

interface Item {
  box: Box;
  size: number;
  prose?: boolean;
  fragment?: Fragment;
  table?: FoundTable;
}

/** Uncaptioned pictures smaller than this (square points) are ornaments. */
const smallestLooseFigure = 4_000;

/** Lays out upright text and drawing: the same path for text layers and for recognised lines. */
export function layOutFragments(
  fragments: readonly Fragment[],
  graphics: PageGraphics,
  { widthPt, heightPt }: { widthPt: number; heightPt: number },
  { bodySize, marginLines }: Surroundings,
  turned: TurnedText = { labels: [], blocksWithout: () => [] },
): PageLayout {
  const context = { widthPt, heightPt, bodySize };
  // Numbers under an axis at the foot of a page are no page numbers.
  const axes = axesFrames(graphics, fragments).map((frame) => grow(frame, 24));
  const scales = new Set(graphics.marks.length > 4 ? scaleLabels(fragments) : []);
  const isTick = (fragment: Fragment) => scales.has(fragment) || axes.some((frame) => holdsCentre(frame, fragment.box));
  const { running, rest: others } = takeRunningHeads(
    fragments.filter((fragment) => !isTick(fragment)),
    heightPt,
    marginLines,
  );
  const left = new Set(others);
  const rest = fragments.filter((fragment) => left.has(fragment) || isTick(fragment));
  const tables = findRuledTables(rest, graphics);
  const inTables = new Set(tables.flatMap((table) => table.fragments));
  const cells = (fragment: Fragment) =>
    inTables.has(fragment) || tables.some((table) => holdsCentre(table.box, fragment.box));
  const outside = rest.filter((fragment) => !cells(fragment));
  const drawn = findDrawnRegions(graphics, outside, { ...context, tables: tables.map(({ box }) => box) });
  const { charts, regions, taken } = readCharts(drawn, outside, graphics, turned.labels);
  const notes = turned.blocksWithout(taken);
  const inRegions = new Set(regions.flatMap((region) => region.fragments));
  const body = outside.filter((fragment) => !inRegions.has(fragment));

  const items: Item[] = [
    ...body.map((fragment) => ({ box: fragment.box, size: fragment.size, prose: isWordy(fragment.text), fragment })),
    ...tables.map((table) => ({ box: table.box, size: 0, table })),
    ...regions.map(({ box }) => ({ box, size: 0 })),
  ];
  const blocks: Block[] = [];
  for (const column of cutColumns(items, bodySize)) {
    const text = column.flatMap(({ fragment }) => (fragment ? [fragment] : []));
    const aligned = findAlignedTables(text, bodySize).filter((table) => !captionLabel(table.rows[0]!.join(" ")));
    tables.push(...aligned);
    const held = new Set(aligned.flatMap((table) => table.fragments.map((fragment) => fragment.glyphs[0])));
    const free = text.filter((fragment) => !fragment.glyphs.some((glyph) => held.has(glyph)));
    const stops = [
      ...column.flatMap(({ table, fragment, box }) => (fragment ? [] : [{ box, table }])),
      ...aligned.map((table) => ({ box: table.box, table })),
    ];
    blocks.push(...readColumn(free, stops, context));
  }

  const drafts: FigureDraft[] = [
    ...tables.map(({ box, rows, fragments: parts }) => ({
      kind: "table" as const,
      box: unionAll([box, ...parts.map((part) => part.box)]),
      texts: rows.map((row) => ({ text: row.join(" | "), box })),
    })),
    ...regions.map((region) => ({ kind: region.kind, box: region.box, texts: wordsOf(region, charts.get(region)) })),
  ];
  const joined = joinCaptions(drafts, blocks);
  const unserved = blocks.filter(
    (block) => block.kind === "caption" && !joined.some((figure) => figure.captionBox === block.box),
  );
  if (unserved.length === 0)
    return finish({ figures: joined, blocks, notes, running, page: [0, 0, widthPt, heightPt] });
  const recovered = recoverTables(blocks, unserved, body, context);
  const listings = [
    ...recoverListings(recovered.blocks, unserved),
    ...recoverFramed(recovered.blocks, unserved, graphics),
  ];
  const figures = joinCaptions([...drafts, ...recovered.drafts, ...listings], recovered.blocks);
  return finish({ figures, blocks: recovered.blocks, notes, running, page: [0, 0, widthPt, heightPt] });
}

/** Whether a piece of text is more than the numbers of a table. */
function isWordy(text: string): boolean {
  const digits = text.match(/[\p{N}.,%$€£¥]/gu)?.length ?? 0;
  return digits < 0.55 * text.replace(/\s/gu, "").length;
}

/** The blocks of one column: text between figures and tables, tables in their place. */
function readColumn(
  fragments: readonly Fragment[],
  stops: readonly { box: Box; table?: FoundTable }[],
  context: { widthPt: number; heightPt: number; bodySize: number },
): Block[] {
  const sorted = [...stops].sort((a, b) => a.box[1] - b.box[1]);
  const blocks: Block[] = [];
  let remaining = [...fragments];
  const flush = (bottom: number) => {
    const above = remaining.filter(({ box }) => (box[1] + box[3]) / 2 < bottom);
    remaining = remaining.filter(({ box }) => (box[1] + box[3]) / 2 >= bottom);
    for (const lines of splitParagraphs(buildLines(above))) blocks.push(toBlock(lines, context));
  };
  for (const { box, table } of sorted) {
    flush((box[1] + box[3]) / 2);
    if (table) blocks.push(tableBlock(table));
  }
  flush(Infinity);
  return blocks;
}

function tableBlock(table: FoundTable): Block {
  const lines = buildLines(table.fragments).map((line) => ({ text: line.text, box: roundBox(line.box) }));
  return {
    kind: "table",
    text: table.rows.map((row) => row.join(" | ")).join("\n"),
    box: roundBox(table.box),
    lines,
    rows: table.rows,
  };
}

/** A "Table N" caption without a table: what stands under it (or over it) in short pieces is the table. */
function recoverTables(
  blocks: readonly Block[],
  unserved: readonly Block[],
  fragments: readonly Fragment[],
  { bodySize }: { bodySize: number },
): { blocks: Block[]; drafts: FigureDraft[] } {
  const result = [...blocks];
  const found: FigureDraft[] = [];
  for (const caption of unserved) {
    if (captionLabel(caption.text)?.kind !== "table") continue;
    for (const direction of [1, -1]) {
      const at = result.indexOf(caption);
      const members: Block[] = [];
      let edge = caption.box;
      for (let i = at + direction; result[i] && members.length < 40; i += direction) {
        const block = result[i]!;
        const gap = direction > 0 ? block.box[1] - edge[3] : edge[1] - block.box[3];
        if (
          gap > 2.2 * bodySize ||
          gap < -bodySize * 20 ||
          block.kind === "caption" ||
          (block.kind === "heading" && block.text.length > 30)
        )
          break;
        if (block.lines.some((line) => line.text.length > 75) && block.lines.length > 2) break;
        members.push(block);
        edge = block.box;
      }
      if (members.length === 0) continue;
      const box = unionAll(members.map((member) => member.box));
      const table = tableFromRows(
        toCellRows(fragments.filter((fragment) => holdsCentre(box, fragment.box))),
        "aligned",
      );
      if (!table || table.rows.filter((row) => row.filter((cell) => cell !== "").length >= 2).length < 2) continue;
      result.splice(result.indexOf(direction > 0 ? members[0]! : members.at(-1)!), members.length, tableBlock(table));
      found.push({ kind: "table", box, texts: table.rows.map((row) => ({ text: row.join(" | "), box })) });
      break;
    }
  }
  return { blocks: result, drafts: found };
}

/** A "Figure N" caption without a drawing: the listing or formula set above it is the figure, and stays in the text. */
function recoverListings(blocks: readonly Block[], unserved: readonly Block[]): FigureDraft[] {
  const found: FigureDraft[] = [];
  for (const caption of unserved) {
    if (captionLabel(caption.text)?.kind !== "figure") continue;
    const at = blocks.indexOf(caption);
    const members: Block[] = [];
    let edge = caption.box;
    for (let i = at - 1; i >= 0 && members.length < 30; i--) {
      const block = blocks[i]!;
      const column =
        overlap1d(block.box[0], block.box[2], caption.box[0], caption.box[2]) >
        0.5 * Math.min(width(block.box), width(caption.box));
      const gap = edge[1] - block.box[3];
      if (!column || gap > 30 || block.kind === "caption" || block.kind === "heading" || block.kind === "table") break;
      if (
        block.lines.filter(
          (line) => width(line.box) > 0.8 * width(caption.box) && (line.text.match(/\p{L}{2,}/gu)?.length ?? 0) > 7,
        ).length > 1
      )
        break;
      members.push(block);
      edge = union(edge, block.box);
    }
    if (members.length === 0) continue;
    found.push({
      kind: "drawing",
      box: unionAll(members.map(({ box }) => box)),
      texts: members.reverse().flatMap(({ lines }) => lines),
    });
  }
  return found;
}

/** A "Table N" caption over one column of text between rules: what the rules enclose. */
function recoverFramed(blocks: readonly Block[], unserved: readonly Block[], graphics: PageGraphics): FigureDraft[] {
  const captions = unserved.filter((block) => captionLabel(block.text)?.kind === "table");
  if (captions.length === 0) return [];
  return stacks(joinCollinear(graphics.rules).filter(({ direction }) => direction === "horizontal")).flatMap(
    (stack) => {
      const box = unionAll(stack.map((rule) => rule.box));
      const texts = blocks.filter((block) => holdsCentre(box, block.box)).flatMap(({ lines }) => lines);
      return texts.length > 0 && captions.some((caption) => !intersect(caption.box, box) && near(box, caption.box, 40))
        ? [{ kind: "table" as const, box, texts }]
        : [];
    },
  );
}

/** Text that ended up in a figure's region leaves the blocks; what remains is put in order. */
function finish({
  figures,
  blocks,
  notes,
  running,
  page,
}: {
  figures: FigureDraft[];
  blocks: Block[];
  notes: readonly Block[];
  running: readonly Block[];
  page: Box;
}): PageLayout {
  const kept = figures.filter(
    (figure) =>
      figure.label !== undefined ||
      figure.kind === "table" ||
      (area(figure.box) >= smallestLooseFigure && Math.min(width(figure.box), height(figure.box)) >= 36),
  );
  for (const figure of kept) takeAxisTitles(figure, blocks);
  const inside = (block: Block) =>
    block.kind === "caption" || block.kind === "table"
      ? undefined
      : kept.find((figure) => figure.kind !== "table" && mostly(block.box, figure.box));
  const left = blocks.filter((block) => {
    const figure = inside(block);
    if (!figure) return true;
    if (!figure.texts.some((text) => holdsCentre(block.box, text.box))) figure.texts.push(...block.lines);
    return false;
  });
  const margin = takeSideNotes(kept, notes).map(
    (note): Block =>
      note.box[2] < 0.1 * page[2] || note.box[0] > 0.9 * page[2] ? { ...note, kind: "header", level: undefined } : note,
  );
  // Parts of figures that were dropped go back to the text they came from.
  const lost = figures.filter((figure) => !kept.includes(figure)).flatMap(({ texts }) => texts);
  const restored: Block[] = lost.map(({ text, box }) => ({
    kind: "paragraph",
    text,
    box: roundBox(box),
    lines: [{ text, box: roundBox(box) }],
  }));
  return {
    blocks: [
      ...running.filter(({ kind }) => kind === "header"),
      ...insertByPosition(left, restored),
      ...margin,
      ...running.filter(({ kind }) => kind === "footer"),
    ],
    figures: kept.map(({ texts, ...figure }) => ({
      ...figure,
      box: roundBox(intersect(grow(figure.box, 2), page) ?? figure.box),
      innerText: [...texts]
        .sort((a, b) => a.box[1] - b.box[1])
        .map(({ text }) => text)
        .join("\n"),
    })),
  };
}

/** The title of an axis stands up to this far (points) from the numbers of the axis. */
const axisTitleReach = 18;

/** Single short lines between a drawing and its caption below: the title of the x axis. */
function takeAxisTitles(figure: FigureDraft, blocks: readonly Block[]): void {
  const { captionBox, kind } = figure;
  if (!captionBox || kind === "table" || captionBox[1] < figure.box[3]) return;
  for (const { kind: blockKind, text, box, lines } of blocks) {
    const between = box[1] >= figure.box[3] - 2 && box[3] <= captionBox[1] + 2;
    const close = box[1] - figure.box[3] < axisTitleReach;
    const under = box[0] >= figure.box[0] && box[2] <= figure.box[2];
    if (blockKind === "paragraph" && lines.length === 1 && text.length <= 60 && between && close && under)
      figure.box = union(figure.box, box);
  }
}

/**
 * Turned text beside a drawing: first the numbers of the axis, then its title, which stands further out.
 *
 * @returns the notes that belong to no drawing.
 */
function takeSideNotes(figures: readonly FigureDraft[], notes: readonly Block[]): Block[] {
  let left = [...notes];
  for (let before = -1; before !== left.length; ) {
    before = left.length;
    left = left.filter((note) => {
      const figure = figures.find(
        ({ kind, box }) =>
          kind !== "table" &&
          near(grow(box, axisTitleReach), note.box, 0) &&
          overlap1d(box[1], box[3], note.box[1], note.box[3]) > 0,
      );
      if (!figure) return true;
      figure.texts.push({ text: note.text, box: note.box });
      figure.box = union(figure.box, note.box);
      return false;
    });
  }
  return left;
}

function mostly(inner: Box, outer: Box): boolean {
  const shared = intersect(inner, outer);
  return shared !== undefined && area(shared) > 0.7 * area(inner);
}

/** Puts single lines before the first block that stands lower. */
function insertByPosition(blocks: readonly Block[], more: readonly Block[]): Block[] {
  const result = [...blocks];
  for (const block of more) {
    const at = result.findIndex(
      ({ box }) => box[1] > block.box[1] && overlap1d(box[0], box[2], block.box[0], block.box[2]) > 0,
    );
    if (at < 0) result.push(block);
    else result.splice(at, 0, block);
  }
  return result;
}
