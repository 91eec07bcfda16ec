import { add, attention, gelu, mul, type RopeTables, rope, silu, split, type Tensor } from "@loam/graph";
import type { Modules } from "@loam/models";
import type { PatchGrid } from "../patches/patchify.ts";
import { type AttentionSpan, attendOver, mergeHeads, splitHeads } from "./attend.ts";
import { modulate, plainNorm } from "./modulate.ts";

/** eps of the RMS norms of queries and keys. */
const queryKeyEps = 1e-6;

export interface BlockInputs {
  /** [B, T, D] */
  x: Tensor;
  /** What the block is conditioned on, time and prompt: [B, 1, D], or [B, T, D] where each token has its own. */
  condition: Tensor;
  /** [B, L, D] */
  words: Tensor;
  /** bool, true where a token may read a word; broadcasts to [B, H, T, L]. */
  wordMask: Tensor;
  /** bool, true where a token may read another; broadcasts to [B, H, T, T]. Left out, everywhere. */
  tokenMask?: Tensor;
  /** Angles by which queries and keys turn; left out, they do not. */
  rope?: RopeTables;
  span: AttentionSpan;
  grid?: PatchGrid;
  /** Hears who asks whom, for viewers. */
  onAttention?: OnAttention;
}

/** Queries [B, H, T, d] and the keys [B, H, S, d] that they meet, and where a query may look. */
export type OnAttention = (
  at: "patches" | "words",
  sides: { q: Tensor; k: Tensor; span: AttentionSpan; mask?: Tensor },
) => void;

/**
 * A transformer block with adaLN-Zero (arXiv:2212.09748 §3.2), cross-attention to the words (arXiv:2310.00426 §2.3) and
 * normalised queries and keys (arXiv:2302.05442 §2):
 *
 *     s₁, g₁, a₁, s₂, g₂, a₂ = modulation(silu(c))
 *     x += a₁ · proj(attention(norm(x)·(1 + g₁) + s₁))
 *     x += crossProj(attention(crossQ(norm(x)), crossKV(words)))
 *     x += a₂ · fc2(gelu(fc1(norm(x)·(1 + g₂) + s₂)))
 *
 * @returns [B, T, D]
 */
export function ditBlock(modules: Modules, path: string, heads: number, inputs: BlockInputs): Tensor {
  const { words, wordMask, condition, span, grid, tokenMask } = inputs;
  let { x } = inputs;
  const D = x.shape.at(-1) as number;
  const linear = (name: string, input: Tensor) => modules.linear(`${path}.${name}`, input);
  const parts = (input: Tensor, count: number) => split(input, { axis: -1, sizes: Array(count).fill(D) });

  const [shift1, scale1, gate1, shift2, scale2, gate2] = parts(linear("modulation", silu(condition)), 6) as Tensor[];

  let [q, k, v] = parts(linear("qkv", modulate(x, { shift: shift1!, scale: scale1! })), 3).map((part) =>
    splitHeads(part, heads),
  ) as [Tensor, Tensor, Tensor];
  q = modules.rmsNorm(`${path}.q_norm`, q, queryKeyEps);
  k = modules.rmsNorm(`${path}.k_norm`, k, queryKeyEps);
  if (inputs.rope) [q, k] = [q, k].map((side) => rope(side, inputs.rope!, { pairing: "adjacent" })) as [Tensor, Tensor];
  inputs.onAttention?.("patches", { q, k, span, mask: tokenMask });
  const seen = mergeHeads(attendOver(span, { q, k, v }, { grid, mask: tokenMask }));
  x = add(x, mul(gate1!, linear("proj", seen)));

  const asked = splitHeads(linear("cross_q", plainNorm(x)), heads);
  const [wordKeys, wordValues] = parts(linear("cross_kv", words), 2).map((part) => splitHeads(part, heads));
  inputs.onAttention?.("words", { q: asked, k: wordKeys!, span: "full", mask: wordMask });
  const read = mergeHeads(attention(asked, wordKeys!, wordValues!, { mask: wordMask }));
  x = add(x, linear("cross_proj", read));

  const hidden = gelu(linear("fc1", modulate(x, { shift: shift2!, scale: scale2! })), { approximate: "tanh" });
  return add(x, mul(gate2!, linear("fc2", hidden)));
}
