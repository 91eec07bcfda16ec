import type { PatchGrid } from "./patchify.ts";
import type { TokenPositions } from "./positions.ts";
import { gridPositions } from "./positions.ts";

/** Which clip a padding token, and a masked word, belongs to: to none, and never to the same one. */
export const paddingSegment = -1;
const maskedWordSegment = -2;

/** Clips of different sizes in one row of tokens. */
export interface PackedRow {
  /** Tokens of each clip, in order. */
  lengths: readonly number[];
  /** Tokens of the row, padding included. */
  length: number;
  /** Positions restart with every clip; padding stands at the origin. */
  positions: TokenPositions;
  /** The clip of each token; −1 for padding. */
  segments: Int32Array;
}

/**
 * Puts clips one after the other into a row (NaViT, arXiv:2307.06304 §2.1). Attention then stays inside a segment, so that each
 * clip comes out as it would alone.
 *
 * @param padTo the row's length becomes a multiple of this, so that few lengths have to be compiled.
 */
export function packClips(grids: readonly PatchGrid[], { padTo = 1 }: { padTo?: number } = {}): PackedRow {
  const lengths = grids.map(([f, h, w]) => f * h * w);
  const used = lengths.reduce((a, b) => a + b, 0);
  const length = Math.ceil(used / padTo) * padTo;
  const segments = new Int32Array(length).fill(paddingSegment);
  let at = 0;
  for (const [clip, tokens] of lengths.entries()) {
    segments.fill(clip, at, at + tokens);
    at += tokens;
  }
  const padding = Array.from({ length: length - used }, () => [0, 0, 0] as const);
  return { lengths, length, positions: [...grids.flatMap((grid) => gridPositions(grid)), ...padding], segments };
}

/** The clip that each word of a batch of prompts belongs to; −2 for masked ones. mask [N, L], row-major → [N·L]. */
export function wordSegments(mask: ArrayLike<number | boolean>, { clips }: { clips: number }): Int32Array {
  const words = mask.length / clips;
  return Int32Array.from({ length: mask.length }, (_, i) => (mask[i] ? Math.floor(i / words) : maskedWordSegment));
}
