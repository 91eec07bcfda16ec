import { contactSheet, type Frames, type GeneratedClip, toFrames, toStill } from "@loam/video";

/** Longest side of a picture in the strip, in pixels, and steps that are kept. */
const longestSide = 128;
const mostSteps = 120;

/**
 * What denoising looks like: for each step a column, the middle frame of the noisy clip above that of the clean one which
 * the model takes it for.
 */
export class FilmStrip {
  readonly #keep: (picture: Uint8Array) => Promise<void>;
  readonly #noisy: Uint8Array[] = [];
  readonly #guesses: Uint8Array[] = [];

  /** @param keep is given the whole strip as WebP after each step. */
  constructor(keep: (picture: Uint8Array) => Promise<void>) {
    this.#keep = keep;
  }

  async add(noisy: GeneratedClip, guess: GeneratedClip): Promise<void> {
    if (this.#noisy.length >= mostSteps) return;
    const [above, below] = [middleFrame(noisy), middleFrame(guess)];
    this.#noisy.push(above.pictures[0]!);
    this.#guesses.push(below.pictures[0]!);
    const strip = contactSheet(
      { ...above, pictures: [...this.#noisy, ...this.#guesses] },
      { columns: this.#noisy.length },
    );
    await this.#keep(await toStill(strip, strip.pictures[0]!, "webp"));
  }
}

/** The frame in the middle of a clip, with every nth pixel where it is large. */
function middleFrame({ frames, height, width, channels, data }: GeneratedClip): Frames {
  const plane = channels * height * width;
  const at = Math.floor(frames / 2) * plane;
  const frame = toFrames({ frames: 1, height, width, channels, data: data.subarray(at, at + plane) });
  const every = Math.ceil(Math.max(height, width) / longestSide);
  if (every === 1) return frame;
  const [w, h] = [Math.floor(width / every), Math.floor(height / every)];
  const small = new Uint8Array(3 * w * h);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const from = 3 * (y * every * width + x * every);
      small.set(frame.pictures[0]!.subarray(from, from + 3), 3 * (y * w + x));
    }
  return { width: w, height: h, pictures: [small] };
}
