import {
  addDims,
  and,
  attention,
  concat,
  type Dim,
  equal,
  mulDims,
  or,
  reshape,
  slice,
  type Tensor,
  transpose,
  unsqueeze,
} from "@loam/graph";
import type { KeyValues } from "./architecture.ts";

/** [B, T, H·D] → [B, H, T, D]. */
export function splitHeads(x: Tensor, heads: number, headDim: number): Tensor {
  const [batch, length] = x.shape as [Dim, Dim];
  return transpose(reshape(x, [batch, length, heads, headDim]), [0, 2, 1, 3]);
}

/** [B, H, T, D] → [B, T, H·D]. */
export function mergeHeads(x: Tensor): Tensor {
  const [batch, heads, length, headDim] = x.shape as [Dim, number, Dim, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * headDim]);
}

/**
 * Causal attention over what came before and the tokens at hand.
 *
 * @param q [B, H, T, D]
 * @param k [B, Hkv, T, D], rotated already
 * @param mask bool [B, P + T]
 * @param segments int64 [B, P + T], as in DecoderInputs
 * @param window a query sees itself and the window - 1 tokens before it.
 * @returns mixed [B, T, H·D], and the keys and values to keep for the tokens after.
 */
export function cachedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  {
    mask,
    segments,
    past,
    window,
    scale,
  }: { mask: Tensor; segments?: Tensor; past?: KeyValues; window?: number; scale?: number },
): { mixed: Tensor; present: KeyValues } {
  const key = past ? concat([past.key, k], { axis: 2 }) : k; // [B, Hkv, P + T, D]
  const value = past ? concat([past.value, v], { axis: 2 }) : v;
  const present = unsqueeze(unsqueeze(mask, 1), 1); // [B, 1, 1, P + T]
  const visible = segments ? and(present, sameSegment(segments, q.shape[2]!)) : present;
  const mixed = attention(q, key, value, { causal: true, window, mask: visible, scale });
  return { mixed: mergeHeads(mixed), present: { key, value } };
}

/** bool [B, 1, T, P + T]: whether the last T tokens and each token share a segment, or the latter is of segment 0. */
function sameSegment(segments: Tensor, length: Dim): Tensor {
  const [B, total] = segments.shape as [Dim, Dim];
  const own =
    total === length
      ? segments
      : slice(segments, { axes: [1], starts: [addDims(total, mulDims(-1, length))], ends: [total] });
  const keys = reshape(segments, [B, 1, 1, total]);
  return or(equal(reshape(own, [B, 1, length, 1]), keys), equal(keys, 0));
}
