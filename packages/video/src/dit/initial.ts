import type { Rng } from "@loam/core";
import type { VideoDitConfig } from "./video-dit.ts";

/** Features of the time that enter the first layer. */
const timeWidth = 256;

/** Names and shapes of the transformer's weights; linear ones are [out, in]. */
export function videoDitShapes(config: VideoDitConfig): Record<string, readonly number[]> {
  const { hidden: D, patch, channels, mlpRatio, textDim, depth, heads } = config;
  const values = patch[0] * patch[1] * patch[2] * channels;
  const shapes: Record<string, readonly number[]> = { null_text: [textDim] };
  const linear = (name: string, inputs: number, outputs: number) => {
    shapes[`${name}.weight`] = [outputs, inputs];
    shapes[`${name}.bias`] = [outputs];
  };
  linear("patch_embed", values, D);
  linear("t_fc1", timeWidth, D);
  linear("t_fc2", D, D);
  linear("text_fc1", textDim, D);
  linear("text_fc2", D, D);
  linear("pool", D, D);
  for (let i = 0; i < depth; i++) {
    const path = `blocks.${i}`;
    linear(`${path}.modulation`, D, 6 * D);
    linear(`${path}.qkv`, D, 3 * D);
    linear(`${path}.proj`, D, D);
    shapes[`${path}.q_norm.weight`] = [D / heads];
    shapes[`${path}.k_norm.weight`] = [D / heads];
    linear(`${path}.cross_q`, D, D);
    linear(`${path}.cross_kv`, D, 2 * D);
    linear(`${path}.cross_proj`, D, D);
    linear(`${path}.fc1`, D, Math.trunc(D * mlpRatio));
    linear(`${path}.fc2`, Math.trunc(D * mlpRatio), D);
  }
  linear("final_modulation", D, 2 * D);
  linear("final", D, values);
  return shapes;
}

/** Layers that start at zero, so that every block starts as the identity and the output as 0 (arXiv:2212.09748 §3.2, arXiv:2310.00426 §2.3). */
const startsAtZero = /(^|\.)(modulation|final_modulation|final|cross_proj)\.weight$/;

/** Weights to start training from: Xavier-uniform matrices, zero biases, unit norms, adaLN-Zero. */
export function initialVideoDit(config: VideoDitConfig, rng: Rng): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(videoDitShapes(config)).map(([name, shape]) => [name, initialTensor(name, shape, rng)]),
  );
}

function initialTensor(name: string, shape: readonly number[], rng: Rng): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  const filled = (draw: () => number) => Float32Array.from({ length: size }, draw);
  if (name.endsWith("norm.weight")) return filled(() => 1);
  if (name.endsWith(".bias") || startsAtZero.test(name)) return new Float32Array(size);
  if (/^t_fc\d\.weight$/.test(name) || name === "null_text") return filled(() => 0.02 * rng.normal());
  const [outputs, inputs] = shape as [number, number];
  const bound = Math.sqrt(6 / (inputs + outputs));
  return filled(() => bound * (2 * rng.uniform() - 1));
}
