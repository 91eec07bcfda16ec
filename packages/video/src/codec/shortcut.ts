import { concat, linear, reshape, slice, type Tensor, transpose } from "@loam/graph";
import type { Modules } from "@loam/models";
import { truncatedSvd } from "@loam/peft";
import type { ClipSize } from "../patches/patchify.ts";
import { type CodecConfig, codecScale } from "./config.ts";

/** Frames of a block. */
const T = 2;

type Blocks = Pick<CodecConfig, "channels" | "patch" | "causal" | "latent">;

/** Values of a block of pixels that one latent stands for: C·2·s·s, s the codec's scale. */
const blockValues = (config: Blocks): number => config.channels * T * codecScale(config) ** 2;

/** Names and shapes of the two linear maps. */
export const shortcutShapes = (config: Blocks): Record<string, readonly number[]> => ({
  "shortcut_in.weight": [config.latent, blockValues(config)],
  "shortcut_in.bias": [config.latent],
  "shortcut_out.weight": [blockValues(config), config.latent],
  "shortcut_out.bias": [blockValues(config)],
});

/** What one linear map makes of each block of pixels: x [B, C, F, H, W] → [B, latent, F', H/s, W/s]. */
export function shortcutIn(modules: Modules, config: Blocks, x: Tensor): Tensor {
  const s = codecScale(config);
  // A causal codec's first latent holds the first frame alone: twice.
  const whole = config.causal ? concat([slice(x, { axes: [2], starts: [0], ends: [1] }), x], { axis: 2 }) : x;
  const [B, C, F, H, W] = whole.shape as [number, number, number, number, number];
  const apart = reshape(whole, [B, C, F / T, T, H / s, s, W / s, s]);
  const blocks = reshape(transpose(apart, [0, 2, 4, 6, 1, 3, 5, 7]), [B, F / T, H / s, W / s, blockValues(config)]);
  return transpose(linear(blocks, modules.get("shortcut_in.weight"), modules.get("shortcut_in.bias")), [0, 4, 1, 2, 3]);
}

/** And back: z [B, latent, F', h, w] → [B, C, F, s·h, s·w]. */
export function shortcutOut(modules: Modules, config: Blocks, z: Tensor): Tensor {
  const s = codecScale(config);
  const [B, , f, h, w] = z.shape as [number, number, number, number, number];
  const { channels: C } = config;
  const places = transpose(z, [0, 2, 3, 4, 1]);
  const blocks = linear(places, modules.get("shortcut_out.weight"), modules.get("shortcut_out.bias"));
  const apart = transpose(reshape(blocks, [B, f, h, w, C, T, s, s]), [0, 4, 1, 5, 2, 6, 3, 7]);
  const whole = reshape(apart, [B, C, f * T, h * s, w * s]);
  return config.causal ? slice(whole, { axes: [2], starts: [1], ends: [null] }) : whole;
}

/**
 * The two maps that lose least of these clips: to their principal components and back (Pearson 1901; a linear autoencoder ends there,
 * Baldi & Hornik 1989). All latents share one scale, so that their mean square is 1 and distances are those of pixels.
 *
 * @param clips data [F, C, H, W] and sizes; at least as many blocks as latents
 */
export function principalShortcut(
  config: Blocks,
  clips: readonly { data: Float32Array; size: ClipSize }[],
): Record<string, Float32Array> {
  const D = blockValues(config);
  const sum = new Float64Array(D);
  const products = new Float64Array(D * D);
  const block = new Float64Array(D);
  let count = 0;
  for (const { data, size } of clips)
    for (const fill of blocksOf(config, data, size)) {
      fill(block);
      count++;
      for (let i = 0; i < D; i++) {
        const x = block[i]!;
        sum[i]! += x;
        for (let j = 0; j <= i; j++) products[i * D + j]! += x * block[j]!;
      }
    }
  const mean = sum.map((x) => x / count);
  const covariance = new Float64Array(D * D);
  for (let i = 0; i < D; i++)
    for (let j = 0; j <= i; j++)
      covariance[i * D + j] = covariance[j * D + i] = products[i * D + j]! / count - mean[i]! * mean[j]!;
  const { right, singularValues } = truncatedSvd({ rows: D, columns: D, values: covariance }, config.latent);
  const size = Math.sqrt(singularValues.reduce((sum, x) => sum + x, 0) / config.latent) || 1;
  const weightIn = new Float32Array(config.latent * D);
  const biasIn = new Float32Array(config.latent);
  const weightOut = new Float32Array(D * config.latent);
  for (let k = 0; k < config.latent; k++)
    for (let i = 0; i < D; i++) {
      const entry = right[k * D + i]!;
      weightIn[k * D + i] = entry / size;
      biasIn[k]! -= (entry / size) * mean[i]!;
      weightOut[i * config.latent + k] = entry * size;
    }
  return {
    "shortcut_in.weight": weightIn,
    "shortcut_in.bias": biasIn,
    "shortcut_out.weight": weightOut,
    "shortcut_out.bias": Float32Array.from(mean),
  };
}

/** Every block of a clip, each as a function that writes its values in the order C, 2, s, s. */
function* blocksOf(config: Blocks, data: Float32Array, { frames, height, width }: ClipSize) {
  const { channels: C, causal } = config;
  const s = codecScale(config);
  for (let f = causal ? -1 : 0; f < frames; f += T)
    for (let top = 0; top < height; top += s)
      for (let left = 0; left < width; left += s)
        yield (block: Float64Array) => {
          let at = 0;
          for (let c = 0; c < C; c++)
            for (let t = 0; t < T; t++) {
              const plane = (Math.max(0, f + t) * C + c) * height * width;
              for (let y = top; y < top + s; y++)
                for (let x = left; x < left + s; x++) block[at++] = data[plane + y * width + x]!;
            }
        };
}
