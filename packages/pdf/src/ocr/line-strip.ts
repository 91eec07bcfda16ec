import { type Quad, quadHeight, quadWidth } from "./quad.ts";
import type { RgbImage } from "./rgb-image.ts";

/** Height of the strips the classifier and the recogniser were trained on. */
export const stripHeightPx = 48;

/** Width of the strip that shows the quad undistorted at {@link stripHeightPx}. */
export function stripWidth(quad: Quad): number {
  return Math.max(1, Math.ceil((stripHeightPx * quadWidth(quad)) / Math.max(1, quadHeight(quad))));
}

/**
 * Straightens one line of text into a strip of a batch: samples the quad bilinearly, averaging over the source pixels
 * that a strip pixel covers, and scales to [-1, 1]. Beyond `width` the strip stays 0, mid-grey.
 *
 * @param batch [B, 3, 48, batchWidth], channels B, G, R; only row `index` is written.
 */
export function writeStrip(
  image: RgbImage,
  quad: Quad,
  { batch, batchWidth, index, width }: { batch: Float32Array; batchWidth: number; index: number; width: number },
): void {
  const [tl, tr, br, bl] = quad;
  const samplesX = Math.max(1, Math.round(quadWidth(quad) / width));
  const samplesY = Math.max(1, Math.round(quadHeight(quad) / stripHeightPx));
  const plane = stripHeightPx * batchWidth;
  const base = index * 3 * plane;
  const scale = 2 / (255 * samplesX * samplesY);
  const pixel = new Float64Array(3);
  for (let row = 0; row < stripHeightPx; row++) {
    for (let column = 0; column < width; column++) {
      pixel.fill(0);
      for (let sy = 0; sy < samplesY; sy++) {
        const v = (row + (sy + 0.5) / samplesY) / stripHeightPx;
        for (let sx = 0; sx < samplesX; sx++) {
          const u = (column + (sx + 0.5) / samplesX) / width;
          const x = (1 - v) * ((1 - u) * tl[0] + u * tr[0]) + v * ((1 - u) * bl[0] + u * br[0]);
          const y = (1 - v) * ((1 - u) * tl[1] + u * tr[1]) + v * ((1 - u) * bl[1] + u * br[1]);
          addSample(image, x - 0.5, y - 0.5, pixel);
        }
      }
      const at = base + row * batchWidth + column;
      batch[at] = pixel[2]! * scale - 1;
      batch[at + plane] = pixel[1]! * scale - 1;
      batch[at + 2 * plane] = pixel[0]! * scale - 1;
    }
  }
}

/** Adds the bilinear sample at (x, y), pixel centres at whole numbers; outside, the edge pixel repeats. */
function addSample({ data, width, height }: RgbImage, x: number, y: number, sum: Float64Array): void {
  const cx = Math.min(width - 1, Math.max(0, x));
  const cy = Math.min(height - 1, Math.max(0, y));
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const fx = cx - x0;
  const fy = cy - y0;
  const right = x0 + 1 < width ? 3 : 0;
  const down = y0 + 1 < height ? width * 3 : 0;
  const at = (y0 * width + x0) * 3;
  for (let channel = 0; channel < 3; channel++) {
    const i = at + channel;
    const top = data[i]! * (1 - fx) + data[i + right]! * fx;
    const bottom = data[i + down]! * (1 - fx) + data[i + down + right]! * fx;
    sum[channel]! += top * (1 - fy) + bottom * fy;
  }
}
