import { area, height, intersect, overlap1d, union, width } from "../../boxes/boxes.ts";
import type { Block, Box, FigureKind } from "../../document.ts";
import { captionLabel, type Label } from "../lines/label.ts";

/** A figure or table on its way to its caption; boxes in one frame with the blocks. */
export interface FigureDraft {
  kind: FigureKind;
  box: Box;
  label?: string;
  caption?: string;
  captionBox?: Box;
  texts: { text: string; box: Box }[];
}

/** Captions stand no further (points) from what they describe. */
const reach = 90;

/**
 * Gives each caption its figure: above a figure's caption, below a table's, else on the other side or beside it, never
 * across running text. Parts without a caption of their own join the figure next to them under the same caption.
 */
export function joinCaptions(drafts: readonly FigureDraft[], blocks: readonly Block[]): FigureDraft[] {
  const captions = blocks
    .filter((block) => block.kind === "caption")
    .map((block) => ({ block, label: captionLabel(block.text)! }));
  const walls = blocks.filter(
    (block) => block.kind !== "caption" && block.kind !== "header" && block.kind !== "footer" && isWall(block),
  );
  const pairs: { caption: (typeof captions)[number]; draft: FigureDraft; cost: number }[] = [];
  for (const caption of captions)
    for (const draft of drafts) {
      const cost = distance(caption.block.box, caption.label, draft, walls);
      if (cost !== undefined) pairs.push({ caption, draft, cost });
    }
  pairs.sort((a, b) => a.cost - b.cost);
  const taken = new Map<FigureDraft, (typeof captions)[number]>();
  const served = new Map<(typeof captions)[number], FigureDraft>();
  for (const { caption, draft } of pairs) {
    if (served.has(caption) || taken.has(draft)) continue;
    served.set(caption, draft);
    taken.set(draft, caption);
  }
  const figures: FigureDraft[] = [];
  for (const [caption, draft] of served) {
    figures.push({
      ...draft,
      // A table set as drawing is still a table; a drawing under "Table 1" is one too.
      kind: caption.label.kind === "table" ? "table" : draft.kind === "table" ? "table" : draft.kind,
      label: caption.label.text,
      caption: caption.block.text,
      captionBox: caption.block.box,
    });
  }
  const loose = drafts.filter((draft) => !taken.has(draft));
  return [...joinParts(figures, loose, walls)].sort((a, b) => a.box[1] - b.box[1] || a.box[0] - b.box[0]);
}

/** Running text that separates: not a short label that was left over. */
function isWall(block: Block): boolean {
  if (block.kind === "heading") return true;
  return block.text.length > 70 || block.lines.length > 2;
}

function distance(caption: Box, label: Label, draft: FigureDraft, walls: readonly Block[]): number | undefined {
  const { box } = draft;
  const shared = overlap1d(caption[0], caption[2], box[0], box[2]);
  const beside = overlap1d(caption[1], caption[3], box[1], box[3]);
  const mismatch = (label.kind === "table") !== (draft.kind === "table") ? 30 : 0;
  if (shared > 0.25 * Math.min(width(caption), width(box))) {
    const above = caption[1] - box[3];
    const below = box[1] - caption[3];
    const gap = Math.max(above, below);
    if (gap > reach || gap < -0.5 * Math.min(height(box), 40)) return undefined;
    const between: Box = [
      Math.max(caption[0], box[0]),
      Math.min(caption[3], box[3]),
      Math.min(caption[2], box[2]),
      Math.max(caption[1], box[1]),
    ];
    if (between[3] > between[1] && walls.some((wall) => blocked(wall.box, between))) return undefined;
    const usual = label.kind === "figure" ? above >= below : below >= above;
    return Math.max(0, gap) + (usual ? 0 : 22) + mismatch;
  }
  if (beside > 0.4 * Math.min(height(caption), height(box))) {
    const gap = Math.max(caption[0] - box[2], box[0] - caption[2]);
    if (gap > 40) return undefined;
    return Math.max(0, gap) + 30 + mismatch;
  }
  return undefined;
}

function blocked(wall: Box, between: Box): boolean {
  const middle = (wall[1] + wall[3]) / 2;
  return (
    middle > between[1] &&
    middle < between[3] &&
    overlap1d(wall[0], wall[2], between[0], between[2]) > 0.3 * (between[2] - between[0])
  );
}

/** Uncaptioned parts beside or on top of a captioned figure become part of it. */
function joinParts(figures: FigureDraft[], loose: FigureDraft[], walls: readonly Block[]): FigureDraft[] {
  const rest = new Set(loose);
  for (let again = true; again; ) {
    again = false;
    for (const part of rest) {
      const host = figures
        .filter(
          (figure) =>
            figure.label !== undefined &&
            captionLabel(figure.label)?.kind === "figure" &&
            (part.kind !== "table" || gapOf(figure.box, part.box) < 25) &&
            figure.captionBox &&
            adjoins(figure, part, walls, figures),
        )
        .sort((a, b) => gapOf(a.box, part.box) - gapOf(b.box, part.box))[0];
      if (!host) continue;
      if (part.kind !== "table" && (host.kind === "table" || area(part.box) > area(host.box))) host.kind = part.kind;
      host.box = union(host.box, part.box);
      host.texts = [...host.texts, ...part.texts];
      rest.delete(part);
      again = true;
    }
  }
  return [...figures, ...rest];
}

function gapOf(a: Box, b: Box): number {
  return Math.max(0, -overlap1d(a[0], a[2], b[0], b[2])) + Math.max(0, -overlap1d(a[1], a[3], b[1], b[3]));
}

function adjoins(
  figure: FigureDraft,
  part: FigureDraft,
  walls: readonly Block[],
  figures: readonly FigureDraft[],
): boolean {
  const together = union(figure.box, part.box);
  const sameRow =
    overlap1d(figure.box[1], figure.box[3], part.box[1], part.box[3]) >
    0.4 * Math.min(height(figure.box), height(part.box));
  const sameColumn =
    overlap1d(figure.box[0], figure.box[2], part.box[0], part.box[2]) >
    0.4 * Math.min(width(figure.box), width(part.box));
  const under = figure.captionBox!;
  const covered = part.box[0] > under[0] - 24 && part.box[2] < under[2] + 24 && gapOf(figure.box, part.box) < 30;
  if (!sameRow && !sameColumn && !covered) return false;
  if (gapOf(figure.box, part.box) > (sameRow ? 60 : 45)) return false;
  const caption = figure.captionBox!;
  // The caption must not stand between the two, and a part beside must not leave the caption's column.
  if (sameColumn && !sameRow && intersect(together, caption) && !intersect(figure.box, caption)) return false;
  const span: [number, number] = [Math.min(caption[0], figure.box[0]) - 24, Math.max(caption[2], figure.box[2]) + 24];
  if (sameRow && !sameColumn && (part.box[0] < span[0] || part.box[2] > span[1])) {
    const centred = Math.abs((together[0] + together[2]) / 2 - (caption[0] + caption[2]) / 2) < 40;
    if (!centred && gapOf(figure.box, part.box) > 16) return false;
  }
  if (
    figures.some(
      (other) =>
        other !== figure &&
        (intersect(together, other.box) || (other.captionBox && intersect(together, other.captionBox))),
    )
  )
    return false;
  return !walls.some((wall) => {
    if (width(wall.box) < 0.35 * width(together)) return false; // a note inside the figure
    const inside = intersect(wall.box, together);
    return (
      inside &&
      area(inside) > 0.5 * area(wall.box) &&
      !intersect(wall.box, figure.box) &&
      !intersect(wall.box, part.box)
    );
  });
}
