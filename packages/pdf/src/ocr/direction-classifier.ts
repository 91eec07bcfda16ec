import { stripHeightPx, stripWidth, writeStrip } from "./line-strip.ts";
import type { Quad } from "./quad.ts";
import type { RgbImage } from "./rgb-image.ts";
import type { FloatSession } from "./session.ts";

/** Width of the classifier's input; longer lines are squeezed into it (`cls_image_shape`). */
const inputWidthPx = 192;
const batchSize = 16;

/**
 * For each quad, the probability in [0, 1] that its text stands upside down: PP-OCR's mobile direction classifier.
 * Lines are squeezed into the classifier's input, as in training.
 */
export async function upsideDownProbabilities(
  session: FloatSession,
  image: RgbImage,
  quads: readonly Quad[],
): Promise<number[]> {
  const probabilities: number[] = [];
  for (let start = 0; start < quads.length; start += batchSize) {
    const part = quads.slice(start, start + batchSize);
    const batch = new Float32Array(part.length * 3 * stripHeightPx * inputWidthPx);
    part.forEach((quad, index) => {
      const width = Math.min(inputWidthPx, stripWidth(quad));
      writeStrip(image, quad, { batch, batchWidth: inputWidthPx, index, width });
    });
    const { data } = await session.run(batch, [part.length, 3, stripHeightPx, inputWidthPx]); // [B, 2]: 0°, 180°
    for (let i = 0; i < part.length; i++) probabilities.push(data[2 * i + 1]!);
  }
  return probabilities;
}
