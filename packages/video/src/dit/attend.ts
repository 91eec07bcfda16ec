import { attention, type Dim, reshape, type Tensor, transpose } from "@loam/graph";
import type { PatchGrid } from "../patches/patchify.ts";

/** [B, T, D] → [B, H, T, D/H]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [B, T, D] = x.shape as [Dim, Dim, number];
  return transpose(reshape(x, [B, T, heads, D / heads]), [0, 2, 1, 3]);
}

/** [B, H, T, D/H] → [B, T, D]. */
export function mergeHeads(x: Tensor): Tensor {
  const [B, H, T, D] = x.shape as [Dim, number, Dim, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [B, T, H * D]);
}

/** What a token sees: everything, the patches of its own frame, or its own place through time. */
export type AttentionSpan = "full" | "frame" | "time";

/**
 * Self-attention over a span. Factorised attention (ViViT model 3, arXiv:2103.15691 §3.3) alternates "frame" and "time".
 *
 * @param q [B, H, T, d], like k and v
 * @param grid what T is made of; needed for the two narrow spans
 */
export function attendOver(
  span: AttentionSpan,
  { q, k, v }: { q: Tensor; k: Tensor; v: Tensor },
  { grid, mask }: { grid?: PatchGrid; mask?: Tensor } = {},
): Tensor {
  if (span === "full" || !grid) return attention(q, k, v, { mask });
  const [B, H, T, d] = q.shape as [number, number, number, number];
  const frames = grid[0];
  const places = T / frames;
  // [B, H, T, d] → [B·f, H, s, d] or [B·s, H, f, d]
  const order = span === "frame" ? [0, 2, 1, 3, 4] : [0, 3, 1, 2, 4];
  const [groups, length] = span === "frame" ? [frames, places] : [places, frames];
  const fold = (x: Tensor) =>
    reshape(transpose(reshape(x, [B, H, frames, places, d]), order), [B * groups, H, length, d]);
  const out = attention(fold(q), fold(k), fold(v));
  const unfold = span === "frame" ? [0, 2, 1, 3, 4] : [0, 2, 3, 1, 4];
  return reshape(transpose(reshape(out, [B, groups, H, length, d]), unfold), [B, H, T, d]);
}
