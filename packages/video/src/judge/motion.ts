import type { ClipSize } from "../patches/patchify.ts";

/** Pixels a frame along x and y, and the direction that they make. */
export interface Motion {
  x: number;
  y: number;
  direction: "left" | "right" | "up" | "down" | "still";
}

/** Slower than this, in pixels a frame, is still; along both axes at once is no direction. */
const slowest = 0.4;
const dominance = 2;

/**
 * How what stands out in a clip moves: the least-squares velocity of its centre of mass. What stands out is what differs from the
 * picture's border, which is taken for the background.
 */
export function motionOf({
  frames,
  height,
  width,
  channels,
  data,
}: ClipSize & { channels: number; data: Float32Array }): Motion {
  const plane = height * width;
  const centres: { x: number; y: number }[] = [];
  for (let f = 0; f < frames; f++) {
    const border = Array.from({ length: channels }, (_, c) =>
      median(borderOf(data.subarray((f * channels + c) * plane, (f * channels + c + 1) * plane), height, width)),
    );
    let [mass, sumX, sumY] = [0, 0, 0];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let difference = 0;
        for (let c = 0; c < channels; c++)
          difference += Math.abs(data[(f * channels + c) * plane + y * width + x]! - border[c]!);
        // Speckle is not mass.
        const weight = difference > 0.4 * channels ? difference : 0;
        mass += weight;
        sumX += weight * x;
        sumY += weight * y;
      }
    centres.push(mass > 0 ? { x: sumX / mass, y: sumY / mass } : { x: (width - 1) / 2, y: (height - 1) / 2 });
  }
  const [x, y] = [slope(centres.map((at) => at.x)), slope(centres.map((at) => at.y))];
  const [along, across] = [Math.abs(x), Math.abs(y)];
  const direction =
    along >= slowest && along >= dominance * across
      ? x < 0
        ? "left"
        : "right"
      : across >= slowest && across >= dominance * along
        ? y < 0
          ? "up"
          : "down"
        : "still";
  return { x, y, direction };
}

function borderOf(plane: Float32Array, height: number, width: number): number[] {
  const values: number[] = [];
  for (let x = 0; x < width; x++) values.push(plane[x]!, plane[(height - 1) * width + x]!);
  for (let y = 1; y < height - 1; y++) values.push(plane[y * width]!, plane[y * width + width - 1]!);
  return values;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The least-squares slope of equally spaced values. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  let [above, below] = [0, 0];
  for (const [i, value] of values.entries()) {
    above += (i - middle) * value;
    below += (i - middle) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
