/** A point in pixels. */
export type Point = [x: number, y: number];

/** Four corners of a text box as it is read: top left, top right, bottom right, bottom left. */
export type Quad = [topLeft: Point, topRight: Point, bottomRight: Point, bottomLeft: Point];

/** Length of the quad's reading direction in pixels: the mean of the upper and lower edge. */
export function quadWidth([tl, tr, br, bl]: Quad): number {
  return (distance(tl, tr) + distance(bl, br)) / 2;
}

/** Extent across the reading direction in pixels: the mean of the left and right edge. */
export function quadHeight([tl, tr, br, bl]: Quad): number {
  return (distance(tl, bl) + distance(tr, br)) / 2;
}

/** The same corners, read after turning the text by quarter turns clockwise: 2 reads the line from its other end. */
export function turnQuad(quad: Quad, quarterTurns: number): Quad {
  const at = (i: number) => quad[(((i - quarterTurns) % 4) + 4) % 4]!;
  return [at(0), at(1), at(2), at(3)];
}

/** The upright rectangle around the quad, cut to an image of the given size. */
export function quadBox(quad: Quad, width: number, height: number): [x0: number, y0: number, x1: number, y1: number] {
  const xs = quad.map(([x]) => clamp(x, 0, width));
  const ys = quad.map(([, y]) => clamp(y, 0, height));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(ax - bx, ay - by);
}
