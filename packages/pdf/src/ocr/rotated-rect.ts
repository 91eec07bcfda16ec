import { convexHull } from "./convex-hull.ts";
import type { Point, Quad } from "./quad.ts";

/** A rectangle at any angle: `width` runs along (cos, sin), `height` across it. Pixels, y down. */
export interface RotatedRect {
  center: Point;
  width: number;
  height: number;
  cos: number;
  sin: number;
}

/** The smallest rectangle that holds all points; one of its sides lies on an edge of the convex hull. Sorts its argument. */
export function minAreaRect(points: Point[]): RotatedRect {
  const hull = convexHull(points);
  let best: RotatedRect | undefined;
  for (let i = 0; i < hull.length; i++) {
    const [ax, ay] = hull[i]!;
    const [bx, by] = hull[(i + 1) % hull.length]!;
    const length = Math.hypot(bx - ax, by - ay);
    const [cos, sin] = length === 0 ? [1, 0] : [(bx - ax) / length, (by - ay) / length];
    const rect = boundingRectAt(hull, cos, sin);
    if (!best || rect.width * rect.height < best.width * best.height) best = rect;
  }
  return best ?? { center: [0, 0], width: 0, height: 0, cos: 1, sin: 0 };
}

function boundingRectAt(points: readonly Point[], cos: number, sin: number): RotatedRect {
  let [u0, u1, v0, v1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    const u = x * cos + y * sin;
    const v = y * cos - x * sin;
    u0 = Math.min(u0, u);
    u1 = Math.max(u1, u);
    v0 = Math.min(v0, v);
    v1 = Math.max(v1, v);
  }
  const u = (u0 + u1) / 2;
  const v = (v0 + v1) / 2;
  return { center: [u * cos - v * sin, u * sin + v * cos], width: u1 - u0, height: v1 - v0, cos, sin };
}

/**
 * The corners, the first being the top left of the two leftmost: text up to 45° askew keeps its reading direction,
 * and a box taller than wide is left standing.
 */
export function rectToQuad({ center: [cx, cy], width, height, cos, sin }: RotatedRect): Quad {
  const corner = (su: number, sv: number): Point => [
    cx + (su * width * cos - sv * height * sin) / 2,
    cy + (su * width * sin + sv * height * cos) / 2,
  ];
  const corners = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)].sort((a, b) => a[0] - b[0]);
  const [topLeft, bottomLeft] = corners.slice(0, 2).sort((a, b) => a[1] - b[1]) as [Point, Point];
  const [topRight, bottomRight] = corners.slice(2).sort((a, b) => a[1] - b[1]) as [Point, Point];
  return [topLeft, topRight, bottomRight, bottomLeft];
}
