import {
  add,
  concat,
  conv3d,
  div,
  expand,
  groupNorm,
  mul,
  reduceMean,
  reshape,
  silu,
  slice,
  sqrt,
  square,
  type Tensor,
  transpose,
} from "@loam/graph";
import type { Modules } from "@loam/models";

/**
 * What values are brought to one size with: the groups of channels of a whole clip or frame (arXiv:1803.08494), or the channels of each
 * place alone, as in the autoencoder of Wan 2.1 (arXiv:2503.20314): what else a frame shows then changes nothing.
 */
export const codecNorms = ["group", "channels"] as const;
export type CodecNorm = (typeof codecNorms)[number];

/** What all layers of a codec share. */
export interface CodecLayers {
  modules: Modules;
  groups: number;
  norm: CodecNorm;
  /**
   * No frame sees a later one: convolutions look back at copies of the first frame, norms take each frame by itself. An image is
   * then a clip of one frame.
   */
  causal: boolean;
}

/** eps of the group norms. */
const normEps = 1e-6;

/** A convolution over frames, rows and columns: x [B, C, F, H, W]. */
export function codecConv(
  { modules, causal }: CodecLayers,
  path: string,
  x: Tensor,
  { stride = [1, 1, 1] }: { stride?: readonly [number, number, number] } = {},
): Tensor {
  const weight = modules.get(`${path}.weight`);
  const half = Math.floor((weight.shape[2] as number) / 2);
  const [B, C, , H, W] = x.shape as [number, number, number, number, number];
  let padded = x;
  if (causal && half > 0) {
    const first = slice(x, { axes: [2], starts: [0], ends: [1] });
    padded = concat([expand(first, [B, C, 2 * half, H, W]), x], { axis: 2 });
  }
  return conv3d(padded, weight, modules.get(`${path}.bias`), { stride, padding: [causal ? 0 : half, half, half] });
}

/** Group norm over a clip, or over each frame where the codec is causal; or root mean squares of channels. [B, C, F, H, W] → the same. */
export function codecNorm({ modules, groups, norm, causal }: CodecLayers, path: string, x: Tensor): Tensor {
  const [gamma, beta] = [modules.get(`${path}.weight`), modules.get(`${path}.bias`)];
  if (norm === "channels") {
    const size = sqrt(add(reduceMean(square(x), { axes: [1], keepdims: true }), normEps));
    const alongChannels = (t: Tensor) => reshape(t, [t.shape[0]!, 1, 1, 1]);
    return add(mul(div(x, size), alongChannels(gamma)), alongChannels(beta));
  }
  if (!causal) return groupNorm(x, gamma, beta, { groups, eps: normEps });
  const [B, C, F, H, W] = x.shape as [number, number, number, number, number];
  const frames = reshape(transpose(x, [0, 2, 1, 3, 4]), [B * F, C, H, W]);
  const normed = groupNorm(frames, gamma, beta, { groups, eps: normEps });
  return transpose(reshape(normed, [B, F, C, H, W]), [0, 2, 1, 3, 4]);
}

/**
 * x + conv(silu(norm(conv(silu(norm(x)))))), with a 1×1×1 convolution beside where the channels change. [B, C, F, H,
 * W] → [B, C', F, H, W].
 */
export function residual(layers: CodecLayers, path: string, x: Tensor): Tensor {
  const first = codecConv(layers, `${path}.conv1`, silu(codecNorm(layers, `${path}.norm1`, x)));
  const second = codecConv(layers, `${path}.conv2`, silu(codecNorm(layers, `${path}.norm2`, first)));
  return add(second, layers.modules.has(`${path}.skip.weight`) ? codecConv(layers, `${path}.skip`, x) : x);
}

/**
 * Nearest neighbours, twice the height and width and, with `time`, the frames; a causal one drops the copy made before
 * frame 0. [B, C, F, H, W] → [B, C, F or 2F, 2H, 2W].
 */
export function enlarge(x: Tensor, { time, causal }: { time: boolean; causal: boolean }): Tensor {
  const [B, C, F, H, W] = x.shape as [number, number, number, number, number];
  const t = time ? 2 : 1;
  const apart = expand(reshape(x, [B, C, F, 1, H, 1, W, 1]), [B, C, F, t, H, 2, W, 2]);
  const larger = reshape(apart, [B, C, t * F, 2 * H, 2 * W]);
  return time && causal ? slice(larger, { axes: [2], starts: [1], ends: [null] }) : larger;
}
