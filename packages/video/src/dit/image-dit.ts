import {
  add,
  attention,
  embedding,
  flatten,
  gelu,
  matmul,
  mul,
  reshape,
  silu,
  split,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from "@loam/graph";
import type { Modules } from "@loam/models";
import { type PatchSize, patchify } from "../patches/patchify.ts";
import { mergeHeads, splitHeads } from "./attend.ts";
import { modulate } from "./modulate.ts";
import { timestepEmbedding } from "./timestep-embedding.ts";

/** Sizes of the class-conditioned image transformer of arXiv:2212.09748. */
export interface ImageDitConfig {
  /** Side of a picture, in latents. */
  inputSize: number;
  patchSize: number;
  channels: number;
  hidden: number;
  depth: number;
  heads: number;
  classes: number;
  /** Whether the output has a second half of channels that sets the variance. */
  learnSigma: boolean;
}

/**
 * The published block, under the names of its checkpoints: adaLN-Zero, attention, MLP.
 *
 * @param x [B, T, D]
 * @param c [B, D]
 */
export function imageDitBlock(
  modules: Modules,
  path: string,
  heads: number,
  { x, c, onStage }: { x: Tensor; c: Tensor; onStage?: (name: string, value: Tensor) => void },
): Tensor {
  const D = x.shape.at(-1) as number;
  const linear = (name: string, input: Tensor) => modules.linear(`${path}${name}`, input);
  const modulation = linear("adaLN_modulation.1", silu(unsqueeze(c, 1))); // [B, 1, 6D]
  const [shift1, scale1, gate1, shift2, scale2, gate2] = split(modulation, { axis: -1, sizes: Array(6).fill(D) });
  const [q, k, v] = split(linear("attn.qkv", modulate(x, { shift: shift1!, scale: scale1! })), {
    axis: -1,
    sizes: [D, D, D],
  }).map((part) => splitHeads(part, heads));
  const attended = linear("attn.proj", mergeHeads(attention(q!, k!, v!)));
  onStage?.("attn", attended);
  const middle = add(x, mul(gate1!, attended));
  onStage?.("after_attn", middle);
  const hidden = gelu(linear("mlp.fc1", modulate(middle, { shift: shift2!, scale: scale2! })), { approximate: "tanh" });
  return add(middle, mul(gate2!, linear("mlp.fc2", hidden)));
}

/** Class vectors; rows with `drop` get the null class, the last of the table. y int64 [B], drop bool [B]. */
export function classEmbedding(modules: Modules, { classes }: ImageDitConfig, y: Tensor, drop?: Tensor): Tensor {
  const labels = drop ? where(drop, classes, y) : y;
  return embedding(modules.get("y_embedder.embedding_table.weight"), labels);
}

/**
 * The whole image transformer.
 *
 * @param x [B, C, S, S]
 * @param t float32 [B], 0..999
 * @param y int64 [B]; `classes` is the null class
 * @returns [B, C or 2C, S, S]: ε, then what sets the variance
 */
export function imageDit(
  modules: Modules,
  config: ImageDitConfig,
  {
    x,
    t,
    y,
    drop,
    onStage,
  }: { x: Tensor; t: Tensor; y: Tensor; drop?: Tensor; onStage?: (name: string, value: Tensor) => void },
): Tensor {
  const { patchSize: p, inputSize, channels, hidden: D, depth, heads, learnSigma } = config;
  const B = x.shape[0]!;
  const side = inputSize / p;
  const patch: PatchSize = [1, p, p];
  // The patch embedding is a convolution: the channel comes before the patch's rows and columns.
  const kernel = flatten(modules.get("x_embedder.proj.weight"), { from: 1 }); // [D, C·p·p]
  const tokens = patchify(unsqueeze(x, 1), patch, { order: "channels-first" });
  const embedded = add(linearWith(tokens, kernel, modules.get("x_embedder.proj.bias")), modules.get("pos_embed"));
  const features = timestepEmbedding(t, modules.get("t_embedder.mlp.0.weight").shape[1] as number);
  const time = modules.linear("t_embedder.mlp.2", silu(modules.linear("t_embedder.mlp.0", features)));
  const c = add(time, classEmbedding(modules, config, y, drop));
  onStage?.("t_embed", time);
  let stream = embedded;
  for (let i = 0; i < depth; i++) {
    stream = modules.layer(stream, (h) => imageDitBlock(modules, `blocks.${i}.`, heads, { x: h, c }));
    onStage?.(`block${i}`, stream);
  }
  const modulation = modules.linear("final_layer.adaLN_modulation.1", silu(unsqueeze(c, 1)));
  const [shift, scale] = split(modulation, { axis: -1, sizes: [D, D] });
  const out = modules.linear("final_layer.linear", modulate(stream, { shift: shift!, scale: scale! })); // [B, T, p·p·C']
  onStage?.("final", out);
  const outputs = learnSigma ? 2 * channels : channels;
  const apart = reshape(out, [B, side, side, p, p, outputs]);
  return reshape(transpose(apart, [0, 5, 1, 3, 2, 4]), [B, outputs, inputSize, inputSize]);
}

const linearWith = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
  add(matmul(x, weight, { transposeB: true }), bias);
