import { connectedComponents } from "./connected-components.ts";
import type { Quad } from "./quad.ts";
import { minAreaRect, type RotatedRect, rectToQuad } from "./rotated-rect.ts";

/** Thresholds of DB post-processing, with PaddleOCR's names for them. */
export interface DbOptions {
  /** A pixel belongs to text from this probability on (`det_db_thresh`). */
  pixelThreshold?: number;
  /** A box is kept from this mean probability on (`det_db_box_thresh`). */
  boxThreshold?: number;
  /** The network predicts shrunk text; a box grows by area · ratio / perimeter (`det_db_unclip_ratio`). */
  unclipRatio?: number;
  /** At most this many boxes are returned (`max_candidates`). */
  maxBoxes?: number;
}

/** Sides shorter than this, in pixels of the probability map, are noise (`min_size`). */
const minSidePx = 3;

/**
 * Text boxes from a DB probability map (arXiv:1911.08947 §3.4): binarise, dilate by 2 × 2, take the smallest rotated
 * rectangle of each region and grow it back to the size of the text.
 *
 * A rectangle grown by a rounded offset has, as its smallest rectangle, itself with every side moved outwards, so no
 * polygon clipping is needed.
 *
 * @param probability [height × width], in [0, 1]
 * @returns quads in pixels of the map
 */
export function dbBoxes(
  probability: Float32Array,
  width: number,
  height: number,
  { pixelThreshold = 0.3, boxThreshold = 0.5, unclipRatio = 1.6, maxBoxes = 1000 }: DbOptions = {},
): Quad[] {
  const bitmap = binarise(probability, width, height, pixelThreshold);
  const quads: Quad[] = [];
  for (const outline of connectedComponents(bitmap, width, height)) {
    const rect = minAreaRect(outline);
    if (Math.min(rect.width, rect.height) < minSidePx) continue;
    if (meanInside(probability, width, height, rect) < boxThreshold) continue;
    const offset = (rect.width * rect.height * unclipRatio) / (2 * (rect.width + rect.height));
    quads.push(rectToQuad({ ...rect, width: rect.width + 2 * offset, height: rect.height + 2 * offset }));
    if (quads.length === maxBoxes) break;
  }
  return quads;
}

/** Pixels above the threshold, dilated by a 2 × 2 kernel anchored at its lower right. */
function binarise(probability: Float32Array, width: number, height: number, threshold: number): Uint8Array {
  const bitmap = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (probability[at]! <= threshold) continue;
      bitmap[at] = 1;
      const right = x + 1 < width;
      if (right) bitmap[at + 1] = 1;
      if (y + 1 < height) {
        bitmap[at + width] = 1;
        if (right) bitmap[at + width + 1] = 1;
      }
    }
  }
  return bitmap;
}

/** Mean probability of the pixels whose centre lies inside the rectangle. */
function meanInside(probability: Float32Array, width: number, height: number, rect: RotatedRect): number {
  const { cos, sin } = rect;
  const [cx, cy] = rect.center;
  const [halfWidth, halfHeight] = [rect.width / 2 + 0.5, rect.height / 2 + 0.5];
  const reachX = Math.abs(cos) * halfWidth + Math.abs(sin) * halfHeight;
  const reachY = Math.abs(sin) * halfWidth + Math.abs(cos) * halfHeight;
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, Math.ceil(cy - reachY)); y <= Math.min(height - 1, cy + reachY); y++) {
    for (let x = Math.max(0, Math.ceil(cx - reachX)); x <= Math.min(width - 1, cx + reachX); x++) {
      const u = (x - cx) * cos + (y - cy) * sin;
      const v = (y - cy) * cos - (x - cx) * sin;
      if (Math.abs(u) > halfWidth || Math.abs(v) > halfHeight) continue;
      sum += probability[y * width + x]!;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}
