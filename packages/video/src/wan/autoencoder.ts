import {
  add,
  attention,
  clip,
  concat,
  constant,
  conv2d,
  conv3d,
  type Dim,
  div,
  expand,
  maximum,
  mul,
  pad,
  reduceL2,
  reshape,
  silu,
  slice,
  split,
  sub,
  type Tensor,
  transpose,
} from "@loam/graph";
import type { Modules } from "@loam/models";
import { z } from "zod";
import type { Latents } from "../codec/autoencoder.ts";
import { averagedShortcut, channelsToPixels, pixelsToChannels, repeatedShortcut } from "./shortcuts.ts";

/** `vae/config.json`, with the names of diffusers. */
export const WanAutoencoderConfig = z.object({
  _class_name: z.literal("AutoencoderKLWan"),
  base_dim: z.number(),
  decoder_base_dim: z.number().nullable().optional(),
  z_dim: z.number(),
  dim_mult: z.array(z.number()),
  num_res_blocks: z.number(),
  attn_scales: z.array(z.number()).max(0, "attention inside the down blocks is not known to diffusers either"),
  temperal_downsample: z.array(z.boolean()),
  latents_mean: z.array(z.number()),
  latents_std: z.array(z.number()),
  /** Of the first convolution: colours times the pixels of a patch. */
  in_channels: z.number().default(3),
  /** Wan 2.2's autoencoder: each level has a shortcut around it that averages (encoder) or repeats (decoder). */
  is_residual: z.boolean().default(false),
  /** Pixels of a side that are one place with more channels; null for single pixels. */
  patch_size: z.number().int().positive().nullish(),
  scale_factor_temporal: z.number(),
  scale_factor_spatial: z.number(),
});
export type WanAutoencoderConfig = z.infer<typeof WanAutoencoderConfig>;

/** Named results on the way, for tests. */
type OnStage = (name: string, value: Tensor) => void;

type Clip = [B: number, C: number, F: number, H: number, W: number];
const shapeOf = (x: Tensor) => x.shape as Clip;

/**
 * A convolution that sees no later frame: zeros stand before the first one. Kernels of 3×3×3 keep the size, those of 1×1×1 and
 * 3×1×1 do not touch rows and columns.
 */
function causalConv(modules: Modules, path: string, x: Tensor, { before }: { before?: number } = {}): Tensor {
  const weight = modules.get(`${path}.weight`);
  const [, , time, rows] = weight.shape as [number, number, number, number];
  const past = before ?? time - 1;
  const side = Math.floor(rows / 2);
  const padded = pad(x, {
    pads: [
      [0, 0],
      [0, 0],
      [past, 0],
      [side, side],
      [side, side],
    ],
  });
  return conv3d(padded, weight, modules.get(`${path}.bias`));
}

/** x/‖x‖·√C·γ over channels. */
function channelNorm(modules: Modules, path: string, x: Tensor): Tensor {
  const C = x.shape[1] as number;
  const length = maximum(reduceL2(x, { axes: [1], keepdims: true }), 1e-12);
  return mul(mul(div(x, length), Math.sqrt(C)), reshape(modules.get(`${path}.gamma`), [C, 1, 1, 1]));
}

function residual(modules: Modules, path: string, x: Tensor): Tensor {
  const first = causalConv(modules, `${path}.conv1`, silu(channelNorm(modules, `${path}.norm1`, x)));
  const second = causalConv(modules, `${path}.conv2`, silu(channelNorm(modules, `${path}.norm2`, first)));
  const beside = modules.has(`${path}.conv_shortcut.weight`) ? causalConv(modules, `${path}.conv_shortcut`, x) : x;
  return add(second, beside);
}

/** [B, C, F, H, W] as pictures [B·F, C, H, W], through `fn`, and back. */
function eachFrame(x: Tensor, fn: (pictures: Tensor) => Tensor): Tensor {
  const [B, C, F, H, W] = shapeOf(x);
  const out = fn(reshape(transpose(x, [0, 2, 1, 3, 4]), [B * F, C, H, W]));
  return transpose(reshape(out, [B, F, ...(out.shape.slice(1) as Dim[])]), [0, 2, 1, 3, 4]);
}

/** Residual, attention of one head inside each frame, residual. */
function middle(modules: Modules, path: string, x: Tensor): Tensor {
  const y = residual(modules, `${path}.resnets.0`, x);
  const at = `${path}.attentions.0`;
  const seen = eachFrame(channelNorm(modules, `${at}.norm`, y), (pictures) => {
    const [N, C, H, W] = pictures.shape as [number, number, number, number];
    const qkv = conv2d(pictures, modules.get(`${at}.to_qkv.weight`), modules.get(`${at}.to_qkv.bias`));
    const rows = transpose(reshape(qkv, [N, 1, 3 * C, H * W]), [0, 1, 3, 2]); // [N, 1, H·W, 3C]
    const [q, k, v] = split(rows, { axis: 3, sizes: [C, C, C] });
    const out = reshape(transpose(attention(q!, k!, v!), [0, 1, 3, 2]), [N, C, H, W]);
    return conv2d(out, modules.get(`${at}.proj.weight`), modules.get(`${at}.proj.bias`));
  });
  return residual(modules, `${path}.resnets.1`, add(y, seen));
}

/** Half the height and width; with `time`, frames 1, 2, … are halved too, frame 0 stays. */
function down(modules: Modules, path: string, x: Tensor, { time }: { time: boolean }): Tensor {
  const smaller = eachFrame(x, (pictures) =>
    conv2d(
      pad(pictures, {
        pads: [
          [0, 0],
          [0, 0],
          [0, 1],
          [0, 1],
        ],
      }),
      modules.get(`${path}.resample.1.weight`),
      modules.get(`${path}.resample.1.bias`),
      { stride: 2 },
    ),
  );
  if (!time || shapeOf(smaller)[2] === 1) return smaller;
  const first = slice(smaller, { axes: [2], starts: [0], ends: [1] });
  const rest = conv3d(smaller, modules.get(`${path}.time_conv.weight`), modules.get(`${path}.time_conv.bias`), {
    stride: [2, 1, 1],
  });
  return concat([first, rest], { axis: 2 });
}

/** Twice the height and width, half the channels; with `time`, frames 1, 2, … become two each, and do not see frame 0. */
function up(modules: Modules, path: string, x: Tensor, { time }: { time: boolean }): Tensor {
  let longer = x;
  if (time && shapeOf(x)[2] > 1) {
    const first = slice(x, { axes: [2], starts: [0], ends: [1] });
    const rest = causalConv(modules, `${path}.time_conv`, slice(x, { axes: [2], starts: [1], ends: [null] }));
    const [B, twice, F, H, W] = shapeOf(rest);
    const C = twice / 2;
    const pairs = transpose(reshape(rest, [B, 2, C, F, H, W]), [0, 2, 3, 1, 4, 5]); // [B, C, F, 2, H, W]
    longer = concat([first, reshape(pairs, [B, C, 2 * F, H, W])], { axis: 2 });
  }
  return eachFrame(longer, (pictures) => {
    const [N, C, H, W] = pictures.shape as [number, number, number, number];
    const larger = reshape(expand(reshape(pictures, [N, C, H, 1, W, 1]), [N, C, H, 2, W, 2]), [N, C, 2 * H, 2 * W]);
    return conv2d(larger, modules.get(`${path}.resample.1.weight`), modules.get(`${path}.resample.1.bias`), {
      padding: 1,
    });
  });
}

/** Where a level of the decoder has its upsampling: Wan 2.2 has one, Wan 2.1 a list of one. */
const upsamplerOf = ({ is_residual }: WanAutoencoderConfig) => (is_residual ? "upsampler" : "upsamplers.0");

/** How many frames of a clip are encoded: 1 + 4k; the rest is dropped, as the reference does. */
const chunkFrames = 4;

/**
 * The encoder of Wan 2.1 and 2.2 (arXiv:2503.20314 §4.1), all frames in one pass: what the reference computes in chunks of four
 * frames with caches.
 *
 * @param x [B, C, F, H, W] in −1..1; F of 1 + 4k
 * @returns latents [B, z, 1 + (F - 1)/time, H/space, W/space] by the scale factors of the configuration, not normalised
 */
export function wanEncode(modules: Modules, config: WanAutoencoderConfig, x: Tensor, onStage?: OnStage): Latents {
  const { z_dim, patch_size } = config;
  const frames = 1 + chunkFrames * Math.floor((shapeOf(x)[2] - 1) / chunkFrames);
  const whole = slice(x, { axes: [2], starts: [0], ends: [frames] });
  let y = causalConv(modules, "encoder.conv_in", pixelsToChannels(whole, patch_size ?? 1));
  onStage?.("encoder.conv_in", y);
  y = (config.is_residual ? downLevels : downBlocks)(modules, config, y, onStage);
  y = middle(modules, "encoder.mid_block", y);
  onStage?.("encoder.mid", y);
  const last = causalConv(modules, "encoder.conv_out", silu(channelNorm(modules, "encoder.norm_out", y)));
  const [mean, logVariance] = split(causalConv(modules, "quant_conv", last), { axis: 1, sizes: [z_dim, z_dim] });
  return { mean: mean!, logVariance: clip(logVariance!, { min: -30, max: 20 }) };
}

/** Wan 2.1's way down: blocks in one row, with what halves between them. */
function downBlocks(modules: Modules, config: WanAutoencoderConfig, x: Tensor, onStage?: OnStage): Tensor {
  const { dim_mult, num_res_blocks, temperal_downsample } = config;
  let y = x;
  let at = 0;
  const next = () => `encoder.down_blocks.${at++}`;
  for (let level = 0; level < dim_mult.length; level++) {
    for (let block = 0; block < num_res_blocks; block++) {
      y = residual(modules, next(), y);
      onStage?.(`encoder.down${at - 1}`, y);
    }
    if (level === dim_mult.length - 1) continue;
    y = down(modules, next(), y, { time: temperal_downsample[level]! });
    onStage?.(`encoder.down${at - 1}`, y);
  }
  return y;
}

/** Wan 2.2's way down: levels, each with an averaged copy of what went in added to what comes out. */
function downLevels(modules: Modules, config: WanAutoencoderConfig, x: Tensor, onStage?: OnStage): Tensor {
  const { dim_mult, num_res_blocks, temperal_downsample } = config;
  let y = x;
  for (let level = 0; level < dim_mult.length; level++) {
    const path = `encoder.down_blocks.${level}`;
    const last = level === dim_mult.length - 1;
    const time = !last && temperal_downsample[level]!;
    let inner = y;
    for (let block = 0; block < num_res_blocks; block++) inner = residual(modules, `${path}.resnets.${block}`, inner);
    if (!last) inner = down(modules, `${path}.downsampler`, inner, { time });
    const factors = { time: time ? 2 : 1, space: last ? 1 : 2, channels: shapeOf(inner)[1] };
    y = add(inner, averagedShortcut(y, factors));
    onStage?.(`encoder.down${level}`, y);
  }
  return y;
}

/**
 * Latents, not normalised, back to a clip. It is held in −1..1, but for tiles, which are blended first. z [B, Z, f, h,
 * w] → [B, 3, F, H, W].
 */
export function wanDecode(
  modules: Modules,
  config: WanAutoencoderConfig,
  z: Tensor,
  { clamped = true }: { clamped?: boolean } = {},
): Tensor {
  const { dim_mult, num_res_blocks, temperal_downsample } = config;
  let y = causalConv(modules, "decoder.conv_in", causalConv(modules, "post_quant_conv", z));
  y = middle(modules, "decoder.mid_block", y);
  const doubles = temperal_downsample.toReversed();
  for (let level = 0; level < dim_mult.length; level++) {
    const path = `decoder.up_blocks.${level}`;
    const before = y;
    for (let block = 0; block <= num_res_blocks; block++) y = residual(modules, `${path}.resnets.${block}`, y);
    if (level === dim_mult.length - 1) continue;
    const time = doubles[level]!;
    y = up(modules, `${path}.${upsamplerOf(config)}`, y, { time });
    if (config.is_residual)
      y = add(y, repeatedShortcut(before, { time: time ? 2 : 1, space: 2, channels: shapeOf(y)[1] }));
  }
  const places = causalConv(modules, "decoder.conv_out", silu(channelNorm(modules, "decoder.norm_out", y)));
  const out = channelsToPixels(places, config.patch_size ?? 1);
  return clamped ? clip(out, { min: -1, max: 1 }) : out;
}

/** Statistics of latents, with axes for the rest: [1, z, 1, 1, 1]. */
const perChannel = (values: readonly number[]): Tensor =>
  constant({ dtype: "float32", shape: [1, values.length, 1, 1, 1], data: values });

/** (latent - mean)/std: what the transformer works on. */
export const normaliseLatents = ({ latents_mean, latents_std }: WanAutoencoderConfig, z: Tensor): Tensor =>
  div(sub(z, perChannel(latents_mean)), perChannel(latents_std));

/** The inverse of {@link normaliseLatents}. */
export const denormaliseLatents = ({ latents_mean, latents_std }: WanAutoencoderConfig, z: Tensor): Tensor =>
  add(mul(z, perChannel(latents_std)), perChannel(latents_mean));
