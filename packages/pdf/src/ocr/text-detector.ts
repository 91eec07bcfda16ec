import { type DbOptions, dbBoxes } from "./db-boxes.ts";
import type { Point, Quad } from "./quad.ts";
import { type RgbImage, resizeImage } from "./rgb-image.ts";
import type { FloatSession } from "./session.ts";

export interface DetectorOptions extends DbOptions {
  /** A longer side is scaled down to this before detection (`det_limit_side_len`). */
  maxSidePx?: number;
  /** A shorter side is scaled up to this, so that the text of a small crop is as large as in training. */
  minSidePx?: number;
}

/** ImageNet statistics; the network was trained with them applied to B, G, R in this order. */
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/** Finds the lines of text: PP-OCRv4's DB detector (arXiv:1911.08947). @returns quads in pixels of `image` */
export async function detectText(
  session: FloatSession,
  image: RgbImage,
  { maxSidePx = 1536, minSidePx = 320, ...db }: DetectorOptions = {},
): Promise<Quad[]> {
  const { width, height } = detectionSize(image, maxSidePx, minSidePx);
  const scaled = await resizeImage(image, width, height);
  const { data } = await session.run(toDetectorInput(scaled), [1, 3, height, width]);
  const scale = ([x, y]: Point): Point => [(x * image.width) / width, (y * image.height) / height];
  return dbBoxes(data, width, height, db).map(([tl, tr, br, bl]) => [scale(tl), scale(tr), scale(br), scale(bl)]);
}

/** The size the network sees: sides within the limits and multiples of 32, its total stride. */
function detectionSize(
  { width, height }: { width: number; height: number },
  maxSidePx: number,
  minSidePx: number,
): { width: number; height: number } {
  const grow = Math.max(1, minSidePx / Math.min(width, height));
  const scale = Math.min(grow, maxSidePx / Math.max(width, height));
  const side = (px: number) => Math.max(32, Math.round((px * scale) / 32) * 32);
  return { width: side(width), height: side(height) };
}

/** [1, 3, height, width], channels B, G, R, normalised. */
function toDetectorInput({ data, width, height }: RgbImage): Float32Array {
  const plane = width * height;
  const input = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const factor = 1 / (255 * deviation[channel]!);
    const shift = mean[channel]! / deviation[channel]!;
    for (let at = 0, from = 2 - channel; at < plane; at++, from += 3)
      input[channel * plane + at] = data[from]! * factor - shift;
  }
  return input;
}
