import type { Rng } from "@loam/core";
import {
  add,
  clip,
  exp,
  flatten,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  silu,
  split,
  square,
  sub,
  type Tensor,
  transpose,
} from "@loam/graph";
import type { Modules } from "@loam/models";
import type { ClipSize } from "../patches/patchify.ts";
import { type CodecConfig, codecScale } from "./config.ts";
import { type CodecLayers, codecConv, codecNorm, enlarge, residual } from "./layers.ts";
import { shortcutIn, shortcutOut, shortcutShapes } from "./shortcut.ts";

/** A normal distribution of latents. */
export interface Latents {
  mean: Tensor;
  /** Held in −30..20. */
  logVariance: Tensor;
}

/** Squares of pixels as channels: [B, C, F, H, W] → [B, C·p², F, H/p, W/p]. */
function squaresToChannels(x: Tensor, p: number): Tensor {
  if (p === 1) return x;
  const [B, C, F, H, W] = x.shape as [number, number, number, number, number];
  const cut = reshape(x, [B, C, F, H / p, p, W / p, p]);
  return reshape(transpose(cut, [0, 1, 4, 6, 2, 3, 5]), [B, C * p * p, F, H / p, W / p]);
}

/** And back. */
function channelsToSquares(x: Tensor, p: number): Tensor {
  if (p === 1) return x;
  const [B, D, F, H, W] = x.shape as [number, number, number, number, number];
  const apart = reshape(x, [B, D / (p * p), p, p, F, H, W]);
  return reshape(transpose(apart, [0, 1, 4, 5, 2, 6, 3]), [B, D / (p * p), F, H * p, W * p]);
}

const layersOf = (modules: Modules, { groups, norm = "group", causal }: CodecConfig): CodecLayers => ({
  ...{ modules, groups, norm, causal },
});

/** [B, C, F, H, W] → latents [B, latent, F', H/4, W/4], smaller by `patch` again; F' is F/2, or (F + 1)/2 where the codec is causal. */
export function encode(modules: Modules, config: CodecConfig, x: Tensor): Latents {
  const layers = layersOf(modules, config);
  const half = codecConv(
    layers,
    "down1",
    residual(layers, "enc1", codecConv(layers, "conv_in", squaresToChannels(x, config.patch ?? 1))),
    {
      stride: [1, 2, 2],
    },
  );
  const quarter = codecConv(layers, "down2", residual(layers, "enc2", half), { stride: [2, 2, 2] });
  const moments = codecConv(layers, "enc_out", silu(codecNorm(layers, "enc_norm", quarter)));
  const [bent, logVariance] = split(moments, { axis: 1, sizes: [config.latent, config.latent] });
  const mean = config.shortcut ? add(bent!, shortcutIn(modules, config, x)) : bent!;
  return { mean, logVariance: clip(logVariance!, { min: -30, max: 20 }) };
}

/** mean + e^(½ log-variance)·ε. */
export const sampleLatents = ({ mean, logVariance }: Latents, eps: Tensor): Tensor =>
  add(mean, mul(exp(mul(0.5, logVariance)), eps));

/** Latents back to a clip [B, C, F, H, W]. */
export function decode(modules: Modules, config: CodecConfig, z: Tensor): Tensor {
  const layers = layersOf(modules, config);
  const { causal } = config;
  const inner = residual(layers, "dec1", codecConv(layers, "dec_in", z));
  const half = residual(layers, "dec2", codecConv(layers, "up1", enlarge(inner, { time: true, causal })));
  const full = codecConv(layers, "up2", enlarge(half, { time: false, causal }));
  const bent = codecConv(layers, "conv_out", silu(codecNorm(layers, "dec_norm", full)));
  const out = channelsToSquares(bent, config.patch ?? 1);
  return config.shortcut ? add(out, shortcutOut(modules, config, z)) : out;
}

/** KL(N(mean, e^log-variance) ‖ N(0, 1)) in nats, summed over a clip: [B]. */
export const latentKl = ({ mean, logVariance }: Latents): Tensor =>
  mul(
    0.5,
    reduceSum(flatten(sub(sub(add(square(mean), exp(logVariance)), 1), logVariance), { from: 1 }), { axes: [1] }),
  );

/**
 * Mean squared error plus the KL, averaged over the batch (arXiv:1312.6114 eq. 10). x [B, C, F, H, W], eps as the
 * latents; losses are scalars.
 */
export function codecLoss(
  modules: Modules,
  config: CodecConfig,
  { x, eps, klWeight }: { x: Tensor; eps: Tensor; klWeight: number },
): { loss: Tensor; reconstruction: Tensor; kl: Tensor; z: Tensor; out: Tensor; latents: Latents } {
  const latents = encode(modules, config, x);
  const z = sampleLatents(latents, eps);
  const out = decode(modules, config, z);
  const reconstruction = reduceMean(square(sub(out, x)));
  const kl = reduceMean(latentKl(latents));
  return { loss: add(reconstruction, mul(klWeight, kl)), reconstruction, kl, z, out, latents };
}

/** The size of the latents of a clip. */
export const latentSize = (
  config: Pick<CodecConfig, "causal" | "patch">,
  { frames, height, width }: ClipSize,
): ClipSize => ({
  frames: config.causal ? (frames + 1) / 2 : frames / 2,
  height: height / codecScale(config),
  width: width / codecScale(config),
});

/** Names and shapes of the weights. */
export function codecShapes(config: CodecConfig): Record<string, readonly number[]> {
  const { channels, patch = 1, width: w, latent } = config;
  const shapes: Record<string, readonly number[]> = {};
  const conv = (name: string, inputs: number, outputs: number, kernel = 3) => {
    shapes[`${name}.weight`] = [outputs, inputs, kernel, kernel, kernel];
    shapes[`${name}.bias`] = [outputs];
  };
  const norm = (name: string, size: number) => {
    shapes[`${name}.weight`] = [size];
    shapes[`${name}.bias`] = [size];
  };
  const block = (name: string, inputs: number, outputs: number) => {
    norm(`${name}.norm1`, inputs);
    conv(`${name}.conv1`, inputs, outputs);
    norm(`${name}.norm2`, outputs);
    conv(`${name}.conv2`, outputs, outputs);
    if (inputs !== outputs) conv(`${name}.skip`, inputs, outputs, 1);
  };
  const values = channels * patch * patch;
  conv("conv_in", values, w);
  block("enc1", w, w);
  conv("down1", w, 2 * w);
  block("enc2", 2 * w, 2 * w);
  conv("down2", 2 * w, 2 * w);
  norm("enc_norm", 2 * w);
  conv("enc_out", 2 * w, 2 * latent);
  conv("dec_in", latent, 2 * w);
  block("dec1", 2 * w, 2 * w);
  conv("up1", 2 * w, 2 * w);
  block("dec2", 2 * w, w);
  conv("up2", w, w);
  norm("dec_norm", w);
  conv("conv_out", w, values);
  return config.shortcut ? { ...shapes, ...shortcutShapes(config) } : shapes;
}

/**
 * Latents begin with this log-variance: at 0, where other biases begin, the noise of a sample is larger than its mean, and the decoder has
 * little to read.
 */
const firstLogVariance = -6;

/**
 * Kaiming-uniform kernels as PyTorch draws them, zero biases but for the latents' variance, unit norms. Beside a shortcut the convolutions
 * begin by adding nothing: neither to the means of the latents nor to the clip.
 */
export function initialCodec(config: CodecConfig, rng: Rng): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(codecShapes(config)).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      if (/norm\d?\.weight$/.test(name)) return [name, new Float32Array(size).fill(1)];
      if (name === "enc_out.bias") return [name, new Float32Array(size).fill(firstLogVariance, config.latent)];
      if (name.endsWith(".bias")) return [name, new Float32Array(size)];
      const bound = Math.sqrt(shape[0]! / size);
      const kernel = Float32Array.from({ length: size }, () => bound * (2 * rng.uniform() - 1));
      if (config.shortcut && name === "conv_out.weight") kernel.fill(0);
      if (config.shortcut && name === "enc_out.weight") kernel.fill(0, 0, size / 2);
      return [name, kernel];
    }),
  );
}
