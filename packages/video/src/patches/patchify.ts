import { ArgumentError } from "@loam/core";
import { reshape, type Tensor, transpose } from "@loam/graph";

/** Frames, rows and columns of one spacetime patch. */
export type PatchSize = readonly [frames: number, height: number, width: number];

/** How many patches a clip has along time, height and width. */
export type PatchGrid = readonly [frames: number, rows: number, columns: number];

/** The size of a clip: frames, height and width, in pixels or in latents. */
export interface ClipSize {
  frames: number;
  height: number;
  width: number;
}

/** Order of the values inside a token: the channel last, as an output head has it, or first, as a convolution's weight has it. */
export type PatchOrder = "channels-last" | "channels-first";

/**
 * The grid of patches that a clip is cut into.
 *
 * @throws {ArgumentError} naming the nearest size that can be cut, when a side is no multiple of the patch.
 */
export function patchGrid({ frames, height, width }: ClipSize, [pt, ph, pw]: PatchSize): PatchGrid {
  for (const [name, length, step] of [
    ["frames", frames, pt],
    ["height", height, ph],
    ["width", width, pw],
  ] as const) {
    if (!Number.isInteger(length) || length < 1 || length % step !== 0) {
      const below = Math.floor(length / step) * step;
      const nearest = below < 1 ? `is ${step}` : `are ${below} and ${below + step}`;
      throw new ArgumentError(name, length, `a positive multiple of ${step}`, `the nearest ${nearest}`);
    }
  }
  return [frames / pt, height / ph, width / pw];
}

/**
 * A clip as a sequence of spacetime patches, in (frame, row, column) order.
 *
 * @param x [B, F, C, H, W]
 * @returns [B, T, pt·ph·pw·C]
 */
export function patchify(
  x: Tensor,
  patch: PatchSize,
  { order = "channels-last" }: { order?: PatchOrder } = {},
): Tensor {
  const [B, F, C, H, W] = x.shape as [number, number, number, number, number];
  const [pt, ph, pw] = patch;
  const [f, h, w] = patchGrid({ frames: F, height: H, width: W }, patch);
  const cut = reshape(x, [B, f, pt, C, h, ph, w, pw]);
  const axes = order === "channels-last" ? [0, 1, 4, 6, 2, 5, 7, 3] : [0, 1, 4, 6, 3, 2, 5, 7];
  return reshape(transpose(cut, axes), [B, f * h * w, pt * ph * pw * C]);
}

/**
 * The clip that {@link patchify} cut up, from tokens whose values have the channel last.
 *
 * @param tokens [B, T, pt·ph·pw·C]
 * @returns [B, F, C, H, W]
 */
export function unpatchify(
  tokens: Tensor,
  { patch: [pt, ph, pw], grid: [f, h, w], channels }: { patch: PatchSize; grid: PatchGrid; channels: number },
): Tensor {
  const B = tokens.shape[0]!;
  const apart = reshape(tokens, [B, f, h, w, pt, ph, pw, channels]);
  return reshape(transpose(apart, [0, 1, 4, 7, 2, 5, 3, 6]), [B, f * pt, channels, h * ph, w * pw]);
}
