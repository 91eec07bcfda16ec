import type { Quad } from "./quad.ts";

/** Pixels, row-major from the top left; RGB or RGBA, 8 bits a channel. Transparent pixels are read as if on white paper. */
export interface RasterImage {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 3 | 4;
}

/** One line of recognised text. Coordinates are pixels of the image that was given, whichever way up its text stands. */
export interface OcrLine {
  text: string;
  /** Mean probability of the characters, in [0, 1]. */
  confidence: number;
  /** The corners as the line is read: top left, top right, bottom right, bottom left of the upright text. */
  quad: Quad;
  /** The upright rectangle around the quad, inside the image. */
  box: [x0: number, y0: number, x1: number, y1: number];
}

/** Reads text from pixels. Lines come in reading order. */
export interface Recogniser {
  /**
   * @throws {ArgumentError} when the image's size and data do not fit together.
   * @throws {CancelledError} when the signal fires; what runs at that moment finishes first.
   */
  recognise(image: RasterImage, options?: { signal?: AbortSignal }): Promise<OcrLine[]>;
  close(): Promise<void>;
}
