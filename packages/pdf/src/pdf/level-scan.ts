import type { Block, Box, Figure } from "../document.ts";
import { type Point, type Quad, quadHeight, quadWidth } from "../ocr/quad.ts";
import type { OcrLine } from "../ocr/recogniser.ts";

/** A line must be so many times as wide as high to tell the slope of its page. */
const tellingRatio = 6;
/** Less is how a detector wavers (radians); more is no sheet that slipped. */
const leastSkew = 0.2 * (Math.PI / 180);
const mostSkew = 12 * (Math.PI / 180);

/**
 * How far the lines of a scan slope, in radians, clockwise positive: the median over its long lines, each weighing as
 * much as it is long. 0 for a sheet that lies straight, and where too few lines tell.
 */
export function skewOf(lines: readonly Pick<OcrLine, "quad">[]): number {
  const slopes = lines
    .filter(({ quad }) => quadWidth(quad) >= tellingRatio * quadHeight(quad))
    .map(({ quad }) => ({ slope: slopeOf(quad), weight: quadWidth(quad) }))
    .sort((a, b) => a.slope - b.slope);
  const total = slopes.reduce((sum, { weight }) => sum + weight, 0);
  let seen = 0;
  const median = slopes.find(({ weight }) => (seen += weight) >= total / 2)?.slope ?? 0;
  return slopes.length >= 2 && Math.abs(median) >= leastSkew && Math.abs(median) <= mostSkew ? median : 0;
}

/** The angle of a line's upper edge to the nearest quarter turn. */
function slopeOf([[x0, y0], [x1, y1]]: Quad): number {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  return angle - Math.round(angle / (Math.PI / 2)) * (Math.PI / 2);
}

/** The lines as they stand once the sheet is turned straight about a point. Sizes stay: short words are detected level. */
export function levelLines(lines: readonly OcrLine[], skew: number, centre: Point): OcrLine[] {
  return lines.map((line) => {
    const middle = turnedPoint(middleOf(line.quad), -skew, centre);
    const isStanding = line.quad[1][0] - line.quad[0][0] < Math.abs(line.quad[1][1] - line.quad[0][1]);
    const [width, height] = [quadWidth(line.quad), quadHeight(line.quad)];
    const [across, down] = isStanding ? [height, width] : [width, height];
    const box: OcrLine["box"] = [
      ...[middle[0] - across / 2, middle[1] - down / 2],
      ...[middle[0] + across / 2, middle[1] + down / 2],
    ] as OcrLine["box"];
    return { ...line, box, quad: line.quad.map((corner) => turnedPoint(corner, -skew, centre)) as Quad };
  });
}

/** A box moved with the sheet, upright again. */
export function levelBox([x0, y0, x1, y1]: Box, skew: number, centre: Point): Box {
  const [x, y] = turnedPoint([(x0 + x1) / 2, (y0 + y1) / 2], -skew, centre);
  return [x - (x1 - x0) / 2, y - (y1 - y0) / 2, x + (x1 - x0) / 2, y + (y1 - y0) / 2];
}

interface Laid {
  blocks: Block[];
  figures: Omit<Figure, "id" | "page" | "mentions">[];
}

/** What was found on the straight sheet, boxed where it stands on the page as it was scanned. */
export function slopeBack<L extends Laid>(
  layout: L,
  skew: number,
  { widthPt, heightPt }: { widthPt: number; heightPt: number },
): L {
  const centre: Point = [widthPt / 2, heightPt / 2];
  const back = ([x0, y0, x1, y1]: Box): Box => {
    const corners = (
      [
        [x0, y0],
        [x1, y0],
        [x1, y1],
        [x0, y1],
      ] as Point[]
    ).map((corner) => turnedPoint(corner, skew, centre));
    const within = (value: number, most: number) => Math.min(Math.max(value, 0), most);
    const xs = corners.map(([x]) => within(x, widthPt));
    const ys = corners.map(([, y]) => within(y, heightPt));
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  };
  return {
    ...layout,
    blocks: layout.blocks.map((block) => ({
      ...block,
      box: back(block.box),
      lines: block.lines.map((line) => ({ ...line, box: back(line.box) })),
    })),
    figures: layout.figures.map((figure) => ({
      ...figure,
      box: back(figure.box),
      ...(figure.captionBox && { captionBox: back(figure.captionBox) }),
    })),
  };
}

const middleOf = (quad: Quad): Point => [
  quad.reduce((sum, [x]) => sum + x, 0) / 4,
  quad.reduce((sum, [, y]) => sum + y, 0) / 4,
];

function turnedPoint([x, y]: Point, angle: number, [cx, cy]: Point): Point {
  const [dx, dy] = [x - cx, y - cy];
  return [cx + dx * Math.cos(angle) - dy * Math.sin(angle), cy + dx * Math.sin(angle) + dy * Math.cos(angle)];
}
