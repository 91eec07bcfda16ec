import {
  add,
  attention,
  flatten,
  gelu,
  linear,
  mul,
  type RopeTables,
  reshape,
  rope,
  silu,
  slice,
  split,
  type Tensor,
  transpose,
  unsqueeze,
} from "@loam/graph";
import type { Modules } from "@loam/models";
import { z } from "zod";
import { mergeHeads, splitHeads } from "../dit/attend.ts";
import { modulate, plainNorm } from "../dit/modulate.ts";
import { timestepEmbedding } from "../dit/timestep-embedding.ts";
import { type PatchGrid, type PatchSize, patchify } from "../patches/patchify.ts";
import { gridPositions, type RopeShares, rope3d, ropeTensors } from "../patches/positions.ts";

/** `transformer/config.json`, with the names of diffusers. */
export const WanTransformerConfig = z.object({
  _class_name: z.literal("WanTransformer3DModel"),
  patch_size: z.tuple([z.number(), z.number(), z.number()]),
  num_attention_heads: z.number(),
  attention_head_dim: z.number(),
  in_channels: z.number(),
  out_channels: z.number(),
  text_dim: z.number(),
  freq_dim: z.number(),
  ffn_dim: z.number(),
  num_layers: z.number(),
  cross_attn_norm: z.boolean(),
  eps: z.number(),
  rope_max_seq_len: z.number(),
  /** Image conditioning, which is another model. */
  image_dim: z.null().optional(),
  added_kv_proj_dim: z.null().optional(),
});
export type WanTransformerConfig = z.infer<typeof WanTransformerConfig>;

/** The frame gets what thirds leave over: [d - 4⌊d/6⌋ | 2⌊d/6⌋ | 2⌊d/6⌋]. */
function wanShares(headDim: number): RopeShares {
  const side = 2 * Math.floor(headDim / 6);
  return [headDim - 2 * side, side, side];
}

/** Named results on the way, for tests and viewers. */
type OnStage = (name: string, value: Tensor) => void;

/**
 * Attention whose queries and keys are normalised over all heads together, before they are split.
 *
 * @param x [B, T, D] asks, `source` [B, L, D] answers
 */
function wanAttention(
  modules: Modules,
  path: string,
  { heads, eps }: { heads: number; eps: number },
  { x, source, tables }: { x: Tensor; source: Tensor; tables?: RopeTables },
): Tensor {
  const side = (name: "q" | "k", of: Tensor) => {
    const normed = modules.rmsNorm(`${path}.norm_${name}`, modules.linear(`${path}.to_${name}`, of), eps);
    const split = splitHeads(normed, heads);
    return tables ? rope(split, tables, { pairing: "adjacent" }) : split;
  };
  const v = splitHeads(modules.linear(`${path}.to_v`, source), heads);
  return modules.linear(`${path}.to_out.0`, mergeHeads(attention(side("q", x), side("k", source), v)));
}

/** Rows of a modulation [B, 1 or T, n, D], each [B, 1 or T, D]. */
function rowsOf(modulation: Tensor): Tensor[] {
  const [B, T, n, D] = modulation.shape as [number, number, number, number];
  return split(modulation, { axis: 2, sizes: Array(n).fill(1) }).map((row) => reshape(row, [B, T, D]));
}

/**
 * The transformer of Wan 2.1 (arXiv:2503.20314 §4.2).
 *
 * @param x [B, C, F, H, W]; what does not fill a patch is cut off, as the reference does
 * @param t float32 [B] in 0..1000, or [B, T]: one time for each token, as Wan 2.2's image-to-video has it
 * @param words [B, L, E], padding included: it is read like any word
 * @returns [B, C', F, H, W], the velocity
 */
export function wanTransformer(
  modules: Modules,
  config: WanTransformerConfig,
  { x, t, words, onStage }: { x: Tensor; t: Tensor; words: Tensor; onStage?: OnStage },
): Tensor {
  const { num_attention_heads: heads, attention_head_dim: headDim, eps, freq_dim, num_layers, out_channels } = config;
  const patch = config.patch_size as PatchSize;
  const D = heads * headDim;
  const [B, , ...size] = x.shape as [number, number, number, number, number];
  const grid = size.map((side, axis) => Math.floor(side / patch[axis]!)) as unknown as PatchGrid;
  const whole = slice(x, { axes: [2, 3, 4], starts: [0, 0, 0], ends: grid.map((count, axis) => count * patch[axis]!) });
  const tokens = patchify(transpose(whole, [0, 2, 1, 3, 4]), patch, { order: "channels-first" });
  const kernel = flatten(modules.get("patch_embedding.weight"), { from: 1 });
  let stream = linear(tokens, kernel, modules.get("patch_embedding.bias")); // [B, T, D]
  onStage?.("patch_embedding", stream);

  const condition = "condition_embedder";
  const times = t.rank === 2 ? (t.shape[1] as number) : 1;
  const features = reshape(timestepEmbedding(reshape(t, [B * times]), freq_dim), [B, times, freq_dim]);
  const time = modules.linear(
    `${condition}.time_embedder.linear_2`,
    silu(modules.linear(`${condition}.time_embedder.linear_1`, features)),
  ); // [B, 1 or T, D]
  const projected = modules.linear(`${condition}.time_proj`, silu(time)); // [B, 1 or T, 6D]
  const read = modules.linear(
    `${condition}.text_embedder.linear_2`,
    gelu(modules.linear(`${condition}.text_embedder.linear_1`, words), { approximate: "tanh" }),
  );
  for (const [name, value] of Object.entries({
    time_features: features,
    temb: time,
    time_proj: projected,
    words: read,
  }))
    onStage?.(name, value);

  const tables = ropeTensors(rope3d(gridPositions(grid), wanShares(headDim)));
  const sixRows = reshape(projected, [B, times, 6, D]);
  for (let i = 0; i < num_layers; i++) {
    const path = `blocks.${i}`;
    const table = reshape(modules.get(`${path}.scale_shift_table`), [1, 1, 6, D]);
    const [shift1, scale1, gate1, shift2, scale2, gate2] = rowsOf(add(table, sixRows)) as Tensor[];
    const note = (name: string, value: Tensor) => void (i === 0 && onStage?.(`block0${name}`, value));
    stream = modules.layer(stream, (h) => {
      note(".norm1", plainNorm(h, { eps }));
      const asked = modulate(h, { shift: shift1!, scale: scale1! }, { eps });
      const seen = wanAttention(modules, `${path}.attn1`, { heads, eps }, { x: asked, source: asked, tables });
      note(".attn1", seen);
      let y = add(h, mul(gate1!, seen));
      const normed = config.cross_attn_norm ? modules.layerNorm(`${path}.norm2`, y, eps) : y;
      const told = wanAttention(modules, `${path}.attn2`, { heads, eps }, { x: normed, source: read });
      note(".attn2", told);
      y = add(y, told);
      const wide = modules.linear(`${path}.ffn.net.0.proj`, modulate(y, { shift: shift2!, scale: scale2! }, { eps }));
      const out = modules.linear(`${path}.ffn.net.2`, gelu(wide, { approximate: "tanh" }));
      note(".ffn", out);
      return add(y, mul(gate2!, out));
    });
    note("", stream);
  }
  onStage?.("norm_out", plainNorm(stream, { eps }));
  // The end uses the time itself, not its projection.
  const last = add(reshape(modules.get("scale_shift_table"), [1, 1, 2, D]), unsqueeze(time, 2));
  const [shift, scale] = rowsOf(last);
  const out = modules.linear("proj_out", modulate(stream, { shift: shift!, scale: scale! }, { eps })); // the channel comes last
  const [f, h, w] = grid;
  const [pt, ph, pw] = patch;
  const apart = reshape(out, [B, f, h, w, pt, ph, pw, out_channels]);
  return reshape(transpose(apart, [0, 7, 1, 4, 2, 5, 3, 6]), [B, out_channels, f * pt, h * ph, w * pw]);
}
