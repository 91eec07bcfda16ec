import {
  add,
  attention,
  gelu,
  mul,
  ones,
  type RopeTables,
  reshape,
  rmsNorm,
  rope,
  silu,
  split,
  sub,
  type Tensor,
  unsqueeze,
} from "@loam/graph";
import type { Modules } from "@loam/models";
import { z } from "zod";
import { mergeHeads, splitHeads } from "../dit/attend.ts";
import { modulate } from "../dit/modulate.ts";
import { timestepEmbedding } from "../dit/timestep-embedding.ts";
import type { PatchGrid } from "../patches/patchify.ts";
import { gridPositions, ropeTensors } from "../patches/positions.ts";

/** `transformer/config.json` of LTX-Video, with the names of diffusers. */
export const LtxTransformerConfig = z.object({
  _class_name: z.literal("LTXVideoTransformer3DModel"),
  in_channels: z.number(),
  out_channels: z.number(),
  patch_size: z.number().default(1),
  patch_size_t: z.number().default(1),
  num_attention_heads: z.number(),
  attention_head_dim: z.number(),
  cross_attention_dim: z.number(),
  num_layers: z.number(),
  caption_channels: z.number(),
  activation_fn: z.literal("gelu-approximate").default("gelu-approximate"),
  qk_norm: z.literal("rms_norm_across_heads").default("rms_norm_across_heads"),
  norm_elementwise_affine: z.literal(false).default(false),
  norm_eps: z.number().default(1e-6),
});
export type LtxTransformerConfig = z.infer<typeof LtxTransformerConfig>;

/** Fixed in the reference, whatever the configuration says. */
const [qkEps, endEps, timeWidth] = [1e-5, 1e-6, 256];
/** The clip whose far corner stands at 1, in frames and pixels. */
const base = [20, 2048, 2048] as const;

/**
 * The rotary table of LTX-Video: one for all heads, frequencies from π/2 to 10000·π/2 on positions in −1..1, the three axes
 * taking turns. At the high end float32 holds an angle only to 1e-3, so these agree with the reference's to that.
 *
 * @param scale how many frames and pixels of the clip a token is apart from the next; frames in twentieths of a second
 * @returns cosines and sines [T, D/2] of neighbouring pairs
 */
export function ltxRope(
  grid: PatchGrid,
  { width, patch, scale }: { width: number; patch: readonly [number, number, number]; scale: readonly number[] },
): RopeTables {
  const { fround } = Math;
  const steps = Math.floor(width / 6);
  const frequencies = Array.from({ length: steps }, (_, i) =>
    fround(fround(fround(10_000 ** fround(steps === 1 ? 0 : i / (steps - 1))) * fround(Math.PI)) / 2),
  );
  const positions = gridPositions(grid);
  const still = (width % 6) / 2;
  const pairs = width / 2;
  const [cos, sin] = [new Float32Array(positions.length * pairs), new Float32Array(positions.length * pairs)];
  for (const [token, position] of positions.entries()) {
    cos.fill(1, token * pairs, token * pairs + still);
    const places = position.map((at, axis) => {
      const scaled = fround(fround(fround(at * fround(scale[axis]!)) * patch[axis]!) / base[axis]!);
      return fround(fround(scaled * 2) - 1);
    });
    for (const [i, frequency] of frequencies.entries())
      for (const [axis, place] of places.entries()) {
        const at = token * pairs + still + 3 * i + axis;
        cos[at] = Math.cos(fround(frequency * place));
        sin[at] = Math.sin(fround(frequency * place));
      }
  }
  const shape: [number, number] = [positions.length, pairs];
  return ropeTensors({ cos: { shape, data: cos }, sin: { shape, data: sin } });
}

/** x/√(mean x² + ε): the norm of LTX has no weights. */
const plainRms = (x: Tensor, eps: number): Tensor => rmsNorm(x, ones([x.shape.at(-1) as number]), { eps });

/** Attention with queries and keys normalised, and turned, over all heads together. */
function ltxAttention(
  modules: Modules,
  path: string,
  heads: number,
  { x, source, tables, mask }: { x: Tensor; source: Tensor; tables?: RopeTables; mask?: Tensor },
): Tensor {
  const side = (name: "q" | "k", of: Tensor) => {
    const normed = modules.rmsNorm(`${path}.norm_${name}`, modules.linear(`${path}.to_${name}`, of), qkEps);
    const turned = tables ? splitHeads(normed, 1) : normed; // [B, 1, T, D]
    return splitHeads(tables ? mergeHeads(rope(turned, tables, { pairing: "adjacent" })) : normed, heads);
  };
  const v = splitHeads(modules.linear(`${path}.to_v`, source), heads);
  return modules.linear(`${path}.to_out.0`, mergeHeads(attention(side("q", x), side("k", source), v, { bias: mask })));
}

type SixRows = [shift1: Tensor, scale1: Tensor, gate1: Tensor, shift2: Tensor, scale2: Tensor, gate2: Tensor];

export interface LtxInputs {
  /** Latents as tokens [B, T, C], frame by frame, row by row. */
  x: Tensor;
  /** Float32 [B], or [B, T]: one time for each token; 0..1000. */
  t: Tensor;
  /** Embeddings of the text encoder [B, L, E]. */
  words: Tensor;
  /** Float32 [B, L], 1 where a word is read. Hidden words get −10000, as the reference has it. */
  mask: Tensor;
  /** From {@link ltxRope}. */
  tables: RopeTables;
  onStage?: (name: string, value: Tensor) => void;
}

/**
 * The transformer of LTX-Video (arXiv:2501.00103 §2.2), a second published family: what is its own is this file, what it shares with
 * Wan is imported.
 *
 * @returns [B, T, C'], the velocity
 */
export function ltxTransformer(
  modules: Modules,
  config: LtxTransformerConfig,
  { x, t, words, mask, tables, onStage }: LtxInputs,
): Tensor {
  const { num_attention_heads: heads, attention_head_dim: headDim, num_layers, norm_eps: eps } = config;
  const [B, D] = [x.shape[0] as number, heads * headDim];
  const times = t.rank === 2 ? (t.shape[1] as number) : 1;
  let stream = modules.linear("proj_in", x);
  onStage?.("proj_in", stream);

  const features = reshape(timestepEmbedding(reshape(t, [B * times]), timeWidth), [B, times, timeWidth]);
  const embedder = "time_embed.emb.timestep_embedder";
  const time = modules.linear(`${embedder}.linear_2`, silu(modules.linear(`${embedder}.linear_1`, features)));
  const projected = modules.linear("time_embed.linear", silu(time));
  const read = modules.linear(
    "caption_projection.linear_2",
    gelu(modules.linear("caption_projection.linear_1", words), { approximate: "tanh" }),
  );
  for (const [name, value] of Object.entries({ temb: time, time_proj: projected, words: read })) onStage?.(name, value);
  const hidden = reshape(mul(sub(1, mask), -10_000), [B, 1, 1, mask.shape[1]!]);

  /** A learned table plus what the time says: `rows` of [B, 1 or T, D]. */
  const rowsOf = (table: string, rows: number, said: Tensor): Tensor[] => {
    const sum = add(reshape(modules.get(table), [1, 1, rows, D]), said);
    return split(sum, { axis: 2, sizes: Array(rows).fill(1) }).map((row) => reshape(row, [B, times, D]));
  };
  const sixRows = reshape(projected, [B, times, 6, D]);
  for (let i = 0; i < num_layers; i++) {
    const path = `transformer_blocks.${i}`;
    const [shift1, scale1, gate1, shift2, scale2, gate2] = rowsOf(`${path}.scale_shift_table`, 6, sixRows) as SixRows;
    const note = (name: string, value: Tensor) => void (i === 0 && onStage?.(`block0${name}`, value));
    stream = modules.layer(stream, (h) => {
      const asked = add(mul(plainRms(h, eps), add(1, scale1)), shift1);
      const seen = ltxAttention(modules, `${path}.attn1`, heads, { x: asked, source: asked, tables });
      note(".attn1", seen);
      let y = add(h, mul(gate1, seen));
      const told = ltxAttention(modules, `${path}.attn2`, heads, { x: y, source: read, mask: hidden });
      note(".attn2", told);
      y = add(y, told);
      const wide = modules.linear(`${path}.ff.net.0.proj`, add(mul(plainRms(y, eps), add(1, scale2)), shift2));
      const out = modules.linear(`${path}.ff.net.2`, gelu(wide, { approximate: "tanh" }));
      note(".ff", out);
      return add(y, mul(gate2, out));
    });
    note("", stream);
  }
  // The end uses the time itself, not its projection.
  const [shift, scale] = rowsOf("scale_shift_table", 2, unsqueeze(time, 2)) as [Tensor, Tensor];
  return modules.linear("proj_out", modulate(stream, { shift, scale }, { eps: endEps }));
}
