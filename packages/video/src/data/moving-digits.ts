import { createHash } from "node:crypto";
import { InputError, type Rng } from "@loam/core";
import type { ClipSize } from "../patches/patchify.ts";
import type { Clip, ClipSource } from "./clip-source.ts";
import { readIdx } from "./idx.ts";

const directions = ["left", "right", "up", "down"] as const;
type Direction = (typeof directions)[number];

/** Pixels that a digit moves along (x, y) with each frame. */
const velocityOf: Record<Direction, readonly [x: number, y: number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

export interface MovingDigitsOptions {
  /** IDX files of the images (28×28) and their labels, gzipped or not. */
  images: string;
  labels: string;
  /** Side of a digit in the clip, in pixels. */
  digitSize?: number;
  /** Digits start on multiples of this, so that a step of a patch in time is a step of a patch in space. */
  startGrid?: number;
  size?: ClipSize;
}

/** The middle of a 28×28 image that digits fill. */
const crop = { from: 2, size: 24 };

/**
 * A digit drifting one pixel a frame: "a 3 moving left". It starts on a grid of places from which it stays inside the frame.
 *
 * @throws {InputError} `bad_idx` when images and labels do not belong together.
 */
export async function movingDigits({
  images: imagePath,
  labels: labelPath,
  digitSize = 14,
  startGrid = 8,
  size = { frames: 16, height: 32, width: 32 },
}: MovingDigitsOptions): Promise<ClipSource> {
  const [images, labels] = [await readIdx(imagePath), await readIdx(labelPath)];
  const [count = 0, height, width] = images.shape;
  if (
    images.shape.length !== 3 ||
    height !== 28 ||
    width !== 28 ||
    labels.shape.length !== 1 ||
    labels.shape[0] !== count
  )
    throw new InputError(
      "bad_idx",
      `${imagePath} holds [${images.shape}] and ${labelPath} [${labels.shape}]; expected [N, 28, 28] and [N].`,
    );
  if (labels.data.some((label) => label > 9))
    throw new InputError("bad_idx", `${labelPath}: labels reach ${Math.max(...labels.data)}; expected 0 to 9.`);
  const digits = Array.from({ length: count }, (_, i) =>
    shrink(images.data.subarray(i * 784, (i + 1) * 784), digitSize),
  );
  const hash = createHash("sha256")
    .update(images.data)
    .update(labels.data)
    .update(JSON.stringify([digitSize, startGrid, size]))
    .digest("hex");

  const starts = (direction: Direction, { frames, height, width }: ClipSize): [x: number, y: number][] => {
    const [vx, vy] = velocityOf[direction];
    const margin = Math.max(0, Math.floor((2 * startGrid - digitSize) / 2));
    const along = (length: number, velocity: number) => {
      const travel = velocity * (frames - 1);
      const all = [];
      for (let at = margin; at + digitSize <= length; at += startGrid)
        if (at + travel >= 0 && at + travel + digitSize <= length) all.push(at);
      return all;
    };
    return along(width, vx).flatMap((x) => along(height, vy).map((y): [number, number] => [x, y]));
  };

  return {
    channels: 1,
    sizes: [size],
    words: ["a", "and", "moving", ...directions, ...Array.from({ length: 10 }, (_, digit) => `${digit}`)],
    maxWords: 8,
    hash,
    aspects: { what: Array.from({ length: 10 }, (_, digit) => `${digit}`), motion: directions },
    describe: () => `${count.toLocaleString("en")} digits from ${imagePath}`,
    draw(rng: Rng, wanted: ClipSize): Clip {
      const which = rng.integer(count);
      const direction = directions[rng.integer(directions.length)]!;
      const places = starts(direction, wanted);
      if (places.length === 0)
        throw new InputError(
          "bad_clip_size",
          `A digit of ${digitSize} pixels cannot move ${direction} for ${wanted.frames} frames inside ${wanted.width}×${wanted.height}.`,
          { hint: "take fewer frames, or a larger picture" },
        );
      const [x, y] = places[rng.integer(places.length)]!;
      const [vx, vy] = velocityOf[direction];
      const { frames, height, width } = wanted;
      const data = new Float32Array(frames * height * width).fill(-1);
      for (let f = 0; f < frames; f++)
        for (let row = 0; row < digitSize; row++)
          for (let column = 0; column < digitSize; column++)
            data[(f * height + y + vy * f + row) * width + x + vx * f + column] =
              2 * digits[which]![row * digitSize + column]! - 1;
      const label = `${labels.data[which]}`;
      return {
        ...wanted,
        channels: 1,
        data,
        caption: `a ${label} moving ${direction}`,
        facts: { what: label, motion: direction },
      };
    },
  };
}

/** The middle of an image, made smaller by averaging what each new pixel covers; 0 is black and 1 is white. */
function shrink(image: Uint8Array, side: number): Float32Array {
  const step = crop.size / side;
  const small = new Float32Array(side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (let y = Math.floor(row * step); y < Math.min(crop.size, (row + 1) * step); y++)
        for (let x = Math.floor(column * step); x < Math.min(crop.size, (column + 1) * step); x++) {
          const covered =
            (Math.min(y + 1, (row + 1) * step) - Math.max(y, row * step)) *
            (Math.min(x + 1, (column + 1) * step) - Math.max(x, column * step));
          sum += covered * image[(crop.from + y) * 28 + crop.from + x]!;
        }
      small[row * side + column] = sum / (step * step * 255);
    }
  return small;
}
