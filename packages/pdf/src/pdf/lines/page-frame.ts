import type { Box } from "../../document.ts";

/** `[a, b, c, d, e, f]`: (x, y) → (ax + cy + e, bx + dy + f), as in the PDF reference (ISO 32000-1 §8.3.3). */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const identity: Matrix = [1, 0, 0, 1, 0, 0];

/** The matrix that applies `first`, then `second`. */
export function multiply(first: Matrix, second: Matrix): Matrix {
  const [a, b, c, d, e, f] = first;
  const [A, B, C, D, E, F] = second;
  return [a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F];
}

export function applyX([a, , c, , e]: Matrix, x: number, y: number): number {
  return a * x + c * y + e;
}

export function applyY([, b, , d, , f]: Matrix, x: number, y: number): number {
  return b * x + d * y + f;
}

/** The upright box around a transformed rectangle; the corners may be given in any order. */
export function transformBox(m: Matrix, x0: number, y0: number, x1: number, y1: number): Box {
  const ax = applyX(m, x0, y0);
  const ay = applyY(m, x0, y0);
  const bx = applyX(m, x1, y1);
  const by = applyY(m, x1, y1);
  if (m[1] === 0 && m[2] === 0) return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
  const cx = applyX(m, x0, y1);
  const cy = applyY(m, x0, y1);
  const dx = applyX(m, x1, y0);
  const dy = applyY(m, x1, y0);
  return [Math.min(ax, bx, cx, dx), Math.min(ay, by, cy, dy), Math.max(ax, bx, cx, dx), Math.max(ay, by, cy, dy)];
}

/** The matrix that undoes `m`. */
export function invert(m: Matrix): Matrix {
  const [a, b, c, d, e, f] = m;
  const det = a * d - b * c;
  return [d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det];
}

/**
 * From PDF user space to the page as it is shown: crop box at (0, 0), y downwards, rotation applied.
 *
 * @param crop the visible rectangle in user space: left, bottom, right, top.
 * @param quarterTurns clockwise, 0 to 3.
 */
export function shownFrame(
  [left, bottom, right, top]: readonly [number, number, number, number],
  quarterTurns: number,
): { matrix: Matrix; widthPt: number; heightPt: number } {
  const width = right - left;
  const height = top - bottom;
  switch (quarterTurns & 3) {
    case 1:
      return { matrix: [0, 1, 1, 0, -bottom, -left], widthPt: height, heightPt: width };
    case 2:
      return { matrix: [-1, 0, 0, 1, right, -bottom], widthPt: width, heightPt: height };
    case 3:
      return { matrix: [0, -1, -1, 0, top, right], widthPt: height, heightPt: width };
    default:
      return { matrix: [1, 0, 0, -1, -left, top], widthPt: width, heightPt: height };
  }
}

/**
 * From the shown page to a frame in which text that runs at `quarterTurns` (clockwise) reads left to right.
 * The frame has its origin at the corner where such a page would begin.
 */
export function uprightFrame(quarterTurns: number, widthPt: number, heightPt: number): Matrix {
  switch (quarterTurns & 3) {
    case 1: // reads downwards: u = y, v = W − x
      return [0, -1, 1, 0, 0, widthPt];
    case 2:
      return [-1, 0, 0, -1, widthPt, heightPt];
    case 3: // reads upwards: u = H − y, v = x
      return [0, 1, -1, 0, heightPt, 0];
    default:
      return identity;
  }
}
