import { ArgumentError } from "@loam/core";
import { type ClipSize, type PatchSize, patchGrid } from "../patches/patchify.ts";
import { latentSize } from "./autoencoder.ts";
import { type CodecConfig, codecScale } from "./config.ts";

/** Latents as a transformer sees them: about unit variance in every channel. */
export interface LatentScale {
  mean: readonly number[];
  std: readonly number[];
}

/**
 * The size of what a transformer works on: that of the clip, or of its latents.
 *
 * @throws {ArgumentError} naming the nearest sizes, when patches do not divide it.
 */
export function workingSize({ patch, codec }: { patch: PatchSize; codec?: CodecConfig }, clip: ClipSize): ClipSize {
  if (!codec) {
    patchGrid(clip, patch);
    return clip;
  }
  const [pt, ph, pw] = patch;
  // A causal codec has one frame in its first latent and two in each of the others.
  const less = codec.causal ? 1 : 0;
  for (const [name, step, missing] of [
    ["frames", 2 * pt, less],
    ["height", codecScale(codec) * ph, 0],
    ["width", codecScale(codec) * pw, 0],
  ] as const) {
    const length = clip[name];
    if (Number.isInteger(length) && length >= 1 && (length + missing) % step === 0) continue;
    const below = Math.floor((length + missing) / step) * step - missing;
    const nearest = below < 1 ? `is ${below + step}` : `are ${below} and ${below + step}`;
    const expected = missing ? `one less than a multiple of ${step}` : `a positive multiple of ${step}`;
    throw new ArgumentError(name, length, expected, `the nearest ${nearest}`);
  }
  return latentSize(codec, clip);
}

/** Pixels of one patch, which in latents is larger. The first patch of a causal codec spans a frame less. */
export function patchInPixels({ patch: [pt, ph, pw], codec }: { patch: PatchSize; codec?: CodecConfig }): PatchSize {
  return codec ? [2 * pt, codecScale(codec) * ph, codecScale(codec) * pw] : [pt, ph, pw];
}

/** (z − mean) / std by channel, or back again. latents [f, c, h, w] */
export function scaleLatents(
  latents: Float32Array,
  { mean, std }: LatentScale,
  { back = false, plane }: { back?: boolean; plane: number },
): Float32Array {
  const channels = mean.length;
  return latents.map((z, i) => {
    const c = Math.floor(i / plane) % channels;
    return back ? z * std[c]! + mean[c]! : (z - mean[c]!) / std[c]!;
  });
}
