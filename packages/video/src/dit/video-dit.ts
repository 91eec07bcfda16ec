import {
  add,
  and,
  cast,
  div,
  equal,
  expand,
  gather,
  gelu,
  maximum,
  mul,
  not,
  or,
  type RopeTables,
  range,
  reduceSum,
  reshape,
  silu,
  split,
  type Tensor,
  unsqueeze,
  where,
} from "@loam/graph";
import type { Modules } from "@loam/models";
import { paddingSegment } from "../patches/packing.ts";
import { type PatchGrid, type PatchSize, patchGrid, patchify, unpatchify } from "../patches/patchify.ts";
import {
  gridPositions,
  quarterShares,
  rope3d,
  ropeTensors,
  sincos3d,
  type TokenPositions,
  tableTensor,
} from "../patches/positions.ts";
import { ditBlock, type OnAttention } from "./block.ts";
import { modulate } from "./modulate.ts";
import { timestepEmbedding } from "./timestep-embedding.ts";

/** Sizes and choices of a text-conditioned video transformer. */
export interface VideoDitConfig {
  /** Channels of a clip: 1 or 3 in pixels, those of the codec in latents. */
  channels: number;
  patch: PatchSize;
  hidden: number;
  depth: number;
  heads: number;
  mlpRatio: number;
  /** Width of the prompt's word vectors. */
  textDim: number;
  /** Tables that are added to the tokens, or angles by which queries and keys turn. */
  positions: "sincos" | "rope";
  /** Every patch sees every other, or blocks take turns: inside a frame, along time. */
  attention: "full" | "factorised";
}

/** Features of the time that enter its first layer. */
const timeWidth = 256;

export interface Prompts {
  /** [B, L, E] */
  text: Tensor;
  /** bool [B, L], true at words */
  mask: Tensor;
}

/** What the blocks read of time and prompts. */
export interface Condition {
  /** [B, D] */
  condition: Tensor;
  /** [B, L, D] */
  words: Tensor;
}

/** Prompts with those rows replaced by the null prompt, one learned token, where `drop` [B] is true. */
export function dropPrompts(modules: Modules, { text, mask }: Prompts, drop: Tensor): Prompts {
  const [B, L, E] = text.shape as [number, number, number];
  const first = equal(range({ length: L }), 0); // [L]
  const dropped = reshape(drop, [B, 1]);
  return {
    text: where(unsqueeze(dropped, 2), expand(reshape(modules.get("null_text"), [1, 1, E]), [B, L, E]), text),
    mask: or(and(dropped, first), and(not(dropped), mask)),
  };
}

/**
 * Time and prompts: c = time(t) + pool(mean of the words), words = text_fc2(gelu(text_fc1(text))).
 *
 * @param t float32 [B] in 0..1, 1 is noise; the features count it as 0..1000
 */
export function conditionOf(modules: Modules, t: Tensor, { text, mask }: Prompts): Condition {
  const words = modules.linear("text_fc2", gelu(modules.linear("text_fc1", text), { approximate: "tanh" })); // [B, L, D]
  const present = unsqueeze(cast(mask, "float32"), 2); // [B, L, 1]
  const mean = div(reduceSum(mul(words, present), { axes: [1] }), reduceSum(present, { axes: [1] })); // [B, D]
  const time = modules.linear("t_fc2", silu(modules.linear("t_fc1", timestepEmbedding(mul(t, 1000), timeWidth))));
  return { condition: add(time, modules.linear("pool", mean)), words };
}

/** Where tokens stand, as the model's way of telling positions wants it. */
export interface Places {
  /** [T, D], added to the tokens. */
  table?: Tensor;
  rope?: RopeTables;
}

/** Constants for these positions. */
export function placesOf({ positions, hidden, heads }: VideoDitConfig, at: TokenPositions): Places {
  return positions === "sincos"
    ? { table: tableTensor(sincos3d(at, hidden)) }
    : { rope: ropeTensors(rope3d(at, quarterShares(hidden / heads))) };
}

interface TrunkInputs {
  /** [B, T, pt·ph·pw·C] */
  tokens: Tensor;
  places: Places;
  /** [B, 1, D], or [B, T, D] where clips share a row */
  condition: Tensor;
  /** [B, L, D] */
  words: Tensor;
  wordMask: Tensor;
  tokenMask?: Tensor;
  /** Needed for factorised attention. */
  grid?: PatchGrid;
  /** Hears of each block in turn. */
  onAttention?: OnAttention;
}

/** Patch embedding, blocks and output head: tokens in, tokens out. `onBlock` hears of the stream after each block. */
function ditTrunk(
  modules: Modules,
  config: VideoDitConfig,
  { tokens, places, condition, words, wordMask, tokenMask, grid, onAttention }: TrunkInputs,
  onBlock?: (x: Tensor) => void,
): Tensor {
  let x = modules.linear("patch_embed", tokens); // [B, T, D]
  if (places.table) x = add(x, places.table);
  for (let i = 0; i < config.depth; i++) {
    const span = config.attention === "full" ? "full" : i % 2 === 0 ? "frame" : "time";
    x = modules.layer(x, (stream) =>
      ditBlock(modules, `blocks.${i}`, config.heads, {
        x: stream,
        condition,
        words,
        wordMask,
        tokenMask,
        rope: places.rope,
        span,
        grid,
        onAttention,
      }),
    );
    onBlock?.(x);
  }
  const D = config.hidden;
  const [shift, scale] = split(modules.linear("final_modulation", silu(condition)), { axis: -1, sizes: [D, D] });
  return modules.linear("final", modulate(x, { shift: shift!, scale: scale! }));
}

/**
 * The transformer on clips of one size.
 *
 * @param x [B, F, C, H, W], noised
 * @param t float32 [B] in 0..1, 1 is noise
 * @returns [B, F, C, H, W]: what the model was trained to predict
 */
export function videoDit(
  modules: Modules,
  config: VideoDitConfig,
  {
    x,
    t,
    prompts,
    onBlock,
    onAttention,
  }: { x: Tensor; t: Tensor; prompts: Prompts; onBlock?: (x: Tensor) => void; onAttention?: OnAttention },
): Tensor {
  const [, frames, channels, height, width] = x.shape as [number, number, number, number, number];
  const { patch } = config;
  const grid = patchGrid({ frames, height, width }, patch);
  const { condition, words } = conditionOf(modules, t, prompts);
  const out = ditTrunk(
    modules,
    config,
    {
      tokens: patchify(x, patch),
      places: placesOf(config, gridPositions(grid)),
      condition: unsqueeze(condition, 1),
      words,
      wordMask: unsqueeze(unsqueeze(prompts.mask, 1), 1), // [B, 1, 1, L]
      grid,
      onAttention,
    },
    onBlock,
  );
  return unpatchify(out, { patch, grid, channels });
}

/**
 * The transformer on clips of different sizes that share one row: self- and cross-attention stay inside a clip, positions restart
 * with it, and each token has the condition of its clip (NaViT, arXiv:2307.06304). Padding reads anything; it is thrown away.
 *
 * @param tokens [1, T, pt·ph·pw·C]
 * @param segments int64 [T], the clip of each token, −1 for padding
 * @param wordSegments int64 [N·L], the clip of each word, −2 for masked ones
 * @param t float32 [N], one time a clip
 * @returns [1, T, pt·ph·pw·C]
 */
export function packedVideoDit(
  modules: Modules,
  config: VideoDitConfig,
  {
    tokens,
    places,
    segments,
    wordSegments,
    t,
    prompts,
  }: { tokens: Tensor; places: Places; segments: Tensor; wordSegments: Tensor; t: Tensor; prompts: Prompts },
): Tensor {
  const { condition, words } = conditionOf(modules, t, prompts);
  const [N, L, D] = words.shape as [number, number, number];
  const own = unsqueeze(segments, 1); // [T, 1]
  const readable = or(equal(own, unsqueeze(wordSegments, 0)), equal(own, paddingSegment)); // [T, N·L]
  return ditTrunk(modules, config, {
    tokens,
    places,
    condition: unsqueeze(gather(condition, maximum(segments, 0)), 0), // [1, T, D]
    words: reshape(words, [1, N * L, D]),
    wordMask: unsqueeze(unsqueeze(readable, 0), 0),
    tokenMask: unsqueeze(unsqueeze(equal(own, unsqueeze(segments, 0)), 0), 0),
  });
}
