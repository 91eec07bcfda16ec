import {
  area,
  grow,
  height,
  holdsCentre,
  intersect,
  near,
  overlap1d,
  union,
  unionAll,
  width,
} from "../../boxes/boxes.ts";
import type { Box } from "../../document.ts";
import type { Mark, PageGraphics } from "../graphics.ts";
import type { Fragment } from "../lines/fragment.ts";
import { captionLabel } from "../lines/label.ts";

/** A region of the page that pictures or drawing fill. */
export interface DrawnRegion {
  box: Box;
  kind: "image" | "drawing";
  fragments: Fragment[];
}

/** Side of the squares (points) in which drawing is collected: pieces closer than this are one region. */
const cell = 4;
/** Smaller regions are icons, bullets and inline symbols. */
const smallestSide = 22;

/**
 * Finds where pictures and charts are: everything drawn is marked on a coarse grid, connected squares make a region,
 * and the labels inside and around it are taken in. Rules alone (underlines, separators, frames of text) are no region.
 */
export function findDrawnRegions(
  graphics: PageGraphics,
  fragments: readonly Fragment[],
  {
    widthPt,
    heightPt,
    bodySize,
    tables,
  }: { widthPt: number; heightPt: number; bodySize: number; tables: readonly Box[] },
): DrawnRegion[] {
  const page = widthPt * heightPt;
  const visible = (box: Box) => area(box) < 0.8 * page && !tables.some((table) => holdsCentre(table, box));
  const prose = fragments.filter((fragment) => isProse(fragment, bodySize));
  const panels = graphics.rectangles.filter(({ box }) => visible(box) && !framesProse(box, prose));
  const images = graphics.images.filter((box) => visible(box) && !isBackdrop(box, fragments));
  const frames = axesFrames(graphics, fragments).filter(
    (box) => !tables.some((table) => holdsCentre(table, box)) && !framesProse(box, prose),
  );
  const pieces: { box: Box; solid: boolean }[] = [
    ...frames.map((box) => ({ box, solid: true })),
    ...images.map((box) => ({ box, solid: true })),
    ...graphics.shapes.filter(visible).map((box) => ({ box, solid: true })),
    ...panels.map(({ box }) => ({ box, solid: true })),
    ...graphics.rules
      .filter(({ box }) => visible(box) && !isTextRule(box, fragments, widthPt))
      .map(({ box }) => ({ box, solid: false })),
  ];
  if (pieces.length === 0) return [];
  const regions: DrawnRegion[] = [];
  for (const group of components(pieces, widthPt, heightPt)) {
    const solid = group.filter((piece) => piece.solid);
    if (solid.length === 0 && group.length < 6) continue;
    const box = unionAll(group.map((piece) => piece.box));
    if (width(box) < smallestSide || height(box) < smallestSide || width(box) * height(box) < 1200) continue;
    const raster = images.some((image) => holdsCentre(box, image) && area(image) > 0.4 * area(box));
    regions.push({ box, kind: raster ? "image" : "drawing", fragments: [] });
  }
  for (const region of regions) leaveOutCaption(region, fragments);
  return takeLabels(mergeOverlapping(regions), fragments, bodySize).flatMap((region) =>
    isTextPanel(region, pieces, bodySize) ? picturesIn(region.box, images) : [region],
  );
}

/** The lines of an axis are at least this long (points). */
const shortestAxis = 40;

/**
 * The boxes that the two axes of charts span: a standing and a lying line that meet at a corner, with numbers along one of
 * them and something drawn between. What stands in one is one chart, however far its bars are apart.
 */
export function axesFrames({ rules, rectangles, marks }: PageGraphics, fragments: readonly Fragment[]): Box[] {
  const standing = rules.filter(({ direction, box }) => direction === "vertical" && height(box) >= shortestAxis);
  const lying = rules.filter(({ direction, box }) => direction === "horizontal" && width(box) >= shortestAxis);
  if (standing.length > 200 || lying.length > 200) return [];
  const numbers = fragments.filter(({ text }) => /^[−–-]?[$€£¥]?[\d.,]+\s?[%kKM]?$/u.test(text.trim()));
  const drawn = marks.filter((mark) => (mark.fill ? mark.rectangle : !mark.rectangle && mark.points.length > 2));
  const points = marks.filter(({ box, curved }) => curved && width(box) < 14 && height(box) < 14);
  const corners = standing.flatMap(({ box: v }) =>
    lying.flatMap(({ box: h }) => {
      const meets = Math.abs(h[1] - v[3]) < 3 && (Math.abs(h[0] - v[0]) < 3 || Math.abs(h[2] - v[2]) < 3);
      return meets ? [union(v, h)] : [];
    }),
  );
  const framed = rectangles.flatMap(({ box, stroked, filled }) =>
    stroked && !filled && width(box) >= shortestAxis && height(box) >= shortestAxis ? [box] : [],
  );
  return [...corners, ...framed].filter((box) => {
    const [x0, y0, x1, y1] = box;
    const beside = numbers.filter((n) => near(n.box, [x0, y0, x0, y1], 24) && n.box[2] < x0 + 2).length;
    const below = numbers.filter((n) => near(n.box, [x0, y1, x1, y1], 20) && n.box[1] > y1 - 2).length;
    const holds = (mark: Mark) =>
      holdsCentre(box, mark.box) && (mark.fill === undefined || area(mark.box) < 0.7 * area(box));
    return Math.max(beside, below) >= 3 && (drawn.some(holds) || points.filter(holds).length >= 4);
  });
}

/** A line of running text, as opposed to a label in a chart. */
function isProse({ text, box, size, font }: Fragment, bodySize: number): boolean {
  const wordCount = text.match(/[\p{L}]{2,}/gu)?.length ?? 0;
  const han = text.match(/[\u3400-\u9fff]/gu)?.length ?? 0;
  return size > 0.86 * bodySize && !font.mono && width(box) > 15 * bodySize && (wordCount >= 6 || han >= 14);
}

function framesProse(box: Box, prose: readonly Fragment[]): boolean {
  const inside = prose.filter((fragment) => holdsCentre(box, fragment.box));
  return (
    inside.length >= 3 ||
    (inside.length >= 1 && inside.reduce((sum, fragment) => sum + area(fragment.box), 0) > 0.25 * area(box))
  );
}

/** A picture under a page of text: a background, or the scan that a text layer lies on. */
function isBackdrop(box: Box, fragments: readonly Fragment[]): boolean {
  const covered = fragments.reduce(
    (sum, fragment) => sum + (holdsCentre(box, fragment.box) ? area(fragment.box) : 0),
    0,
  );
  return covered > 0.3 * area(box);
}

/** Underlines, separators and the rules of running heads and footnotes. */
function isTextRule(box: Box, fragments: readonly Fragment[], widthPt: number): boolean {
  if (height(box) > width(box)) return false;
  if (width(box) > 0.7 * widthPt) return true;
  return fragments.some(
    (fragment) =>
      box[1] > fragment.baseline - 0.6 * fragment.size &&
      box[1] < fragment.baseline + 0.5 * fragment.size &&
      overlap1d(fragment.box[0], fragment.box[2], box[0], box[2]) > 0.8 * width(box),
  );
}

/** Groups of pieces whose squares touch. */
function components(
  pieces: readonly { box: Box; solid: boolean }[],
  widthPt: number,
  heightPt: number,
): { box: Box; solid: boolean }[][] {
  const columns = Math.min(1500, Math.ceil(widthPt / cell) + 2);
  const rows = Math.min(1500, Math.ceil(heightPt / cell) + 2);
  const owner = new Int32Array(columns * rows).fill(-1);
  const parent = pieces.map((_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root]!;
    while (parent[i] !== root) [parent[i], i] = [root, parent[i]!];
    return root;
  };
  const at = (value: number, limit: number) => Math.max(0, Math.min(limit - 1, Math.floor(value / cell)));
  for (const [i, { box }] of pieces.entries()) {
    // Half a square of margin: pieces up to 4–8 points apart meet.
    const [x0, x1] = [at(box[0] - 2, columns), at(box[2] + 2, columns)];
    const [y0, y1] = [at(box[1] - 2, rows), at(box[3] + 2, rows)];
    for (let y = y0; y <= y1; y++)
      for (let x = x0; x <= x1; x++) {
        const square = y * columns + x;
        const before = owner[square]!;
        if (before >= 0 && before !== i) parent[find(before)] = find(i);
        else owner[square] = i;
      }
  }
  const groups = new Map<number, { box: Box; solid: boolean }[]>();
  for (const [i, piece] of pieces.entries()) {
    const root = find(i);
    const group = groups.get(root);
    if (group) group.push(piece);
    else groups.set(root, [piece]);
  }
  return [...groups.values()];
}

/** A frame drawn around a figure and its caption: the figure is the part that the caption leaves. */
function leaveOutCaption(region: DrawnRegion, fragments: readonly Fragment[]): void {
  const caption = fragments.find((fragment) => holdsCentre(region.box, fragment.box) && captionLabel(fragment.text));
  if (!caption) return;
  const [x0, y0, x1, y1] = region.box;
  if (caption.box[1] - y0 > y1 - caption.box[3]) region.box = [x0, y0, x1, caption.box[1] - 1];
  else region.box = [x0, caption.box[3] + 1, x1, y1];
}

/** The pictures in a panel of text or a diagram over a whole page of text. */
function picturesIn(panel: Box, images: readonly Box[]): DrawnRegion[] {
  const large = images.filter(
    (image) =>
      holdsCentre(panel, image) && Math.min(width(image), height(image)) >= 36 && area(image) < 0.7 * area(panel),
  );
  return mergeOverlapping(large.map((box) => ({ box, kind: "image", fragments: [] })));
}

function mergeOverlapping(regions: DrawnRegion[]): DrawnRegion[] {
  const merged: DrawnRegion[] = [];
  for (let region of regions) {
    for (
      let touching = merged.find((other) => near(other.box, region.box, 3));
      touching;
      touching = merged.find((other) => near(other.box, region.box, 3))
    ) {
      merged.splice(merged.indexOf(touching), 1);
      region = {
        box: union(region.box, touching.box),
        kind: area(touching.box) > area(region.box) ? touching.kind : region.kind,
        fragments: [],
      };
    }
    merged.push(region);
  }
  return merged;
}

/** Text inside each region and the labels at its sides (axis titles, ticks, legends). */
function takeLabels(regions: DrawnRegion[], fragments: readonly Fragment[], bodySize: number): DrawnRegion[] {
  const free = new Set(fragments);
  for (const region of regions) {
    for (const fragment of free) {
      if (!holdsCentre(region.box, fragment.box)) continue;
      region.fragments.push(fragment);
      free.delete(fragment);
    }
    if (region.fragments.length > 0) {
      const text = unionAll(region.fragments.map(({ box }) => box));
      const held = intersect(text, grow(region.box, 6));
      if (held) region.box = union(region.box, held);
    }
  }
  for (let round = 0; round < 3; round++) {
    for (const region of regions) {
      const reach = grow(region.box, (round === 0 ? 1.3 : 0.8) * bodySize);
      for (const fragment of free) {
        if (!near(reach, fragment.box, 0) || !isLabel(fragment, region.box, bodySize)) continue;
        region.fragments.push(fragment);
        region.box = union(region.box, fragment.box);
        free.delete(fragment);
      }
    }
  }
  return mergeTaken(regions);
}

/** Short text beside a drawing that is no caption and no line of prose. */
function isLabel(fragment: Fragment, region: Box, bodySize: number): boolean {
  if (isProse(fragment, bodySize) || captionLabel(fragment.text)) return false;
  if (width(fragment.box) > width(region) + 4 * bodySize || fragment.text.length > 60) return false;
  const beside = overlap1d(fragment.box[1], fragment.box[3], region[1], region[3]) > 0;
  const small = fragment.size < 0.93 * bodySize;
  const apart = overlap1d(fragment.box[0], fragment.box[2], region[0], region[2]) <= 0;
  const short = width(fragment.box) < (beside && apart ? 7 : 12) * bodySize;
  return small
    ? short || width(fragment.box) < 0.6 * width(region)
    : short &&
        fragment.text.length < 26 &&
        !/[.。]$/u.test(fragment.text) &&
        !/^\d+(\.\d+)*\s+\p{L}/u.test(fragment.text);
}

function mergeTaken(regions: DrawnRegion[]): DrawnRegion[] {
  const merged: DrawnRegion[] = [];
  for (let region of regions) {
    for (
      let other = merged.find((candidate) => near(candidate.box, region.box, 0));
      other;
      other = merged.find((candidate) => near(candidate.box, region.box, 0))
    ) {
      merged.splice(merged.indexOf(other), 1);
      region = {
        box: union(region.box, other.box),
        kind: area(other.box) > area(region.box) ? other.kind : region.kind,
        fragments: [...other.fragments, ...region.fragments],
      };
    }
    merged.push(region);
  }
  return merged;
}

/** A box of text with a frame or a tint, and hardly any drawing: no figure unless a caption says so later. */
function isTextPanel(region: DrawnRegion, pieces: readonly { box: Box; solid: boolean }[], bodySize: number): boolean {
  if (region.kind === "image") return false;
  const inside = pieces.filter((piece) => piece.solid && holdsCentre(region.box, piece.box)).length;
  const text = region.fragments.reduce((sum, fragment) => sum + area(fragment.box), 0);
  const prose = region.fragments.filter((fragment) => isProse(fragment, bodySize)).length;
  const mono = region.fragments.filter(({ font }) => font.mono).length;
  if (inside <= 4 && mono > 3 && mono > 0.6 * region.fragments.length) return true;
  return (inside <= 3 && text > 0.2 * area(region.box)) || prose >= 3;
}
