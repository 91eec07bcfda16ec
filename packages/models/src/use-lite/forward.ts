import {
  add,
  cast,
  constant,
  div,
  embedding,
  greaterOrEqual,
  layerNorm,
  matmul,
  maximum,
  mul,
  normalize,
  reduceSum,
  relu,
  reshape,
  slice,
  softmax,
  split,
  sub,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
} from "@loam/graph";
import type { LayerWeights, UseLiteWeights } from "./weights.ts";

/** Pieces beyond these are not seen: the model clips its input there. */
export const longestInput = 128;
const HEADS = 4;

/**
 * Universal Sentence Encoder Lite (arXiv:1803.11175): a two-layer pre-norm transformer, mean over positions, a tanh
 * layer, unit length.
 *
 * @param ids [B, T] piece ids, -1 where there is none; T ≤ 128.
 * @returns [B, 512]; a text without pieces gets the vector of the bias alone.
 */
export function useLite(ids: Tensor, weights: UseLiteWeights): Tensor {
  const present = cast(greaterOrEqual(ids, 0), "float32"); // [B, T]
  const x = useLiteHiddenStates(ids, weights).at(-1)!;
  const sum = reduceSum(mul(x, unsqueeze(present, 2)), { axes: [1] }); // [B, 512]
  const count = maximum(reduceSum(present, { axes: [1], keepdims: true }), 1); // [B, 1]
  return normalize(tanh(dense(div(sum, count), weights.head)), { eps: 1e-6 });
}

/**
 * The streams of {@link useLite} before it takes the mean.
 *
 * @returns the embeddings [B, T, 256], then the output of each layer [B, T, 512].
 */
export function useLiteHiddenStates(ids: Tensor, weights: UseLiteWeights): Tensor[] {
  const present = cast(greaterOrEqual(ids, 0), "float32"); // [B, T]
  const hidden = mul(sub(present, 1), 1e9); // [B, T]: 0 at pieces, -10⁹ at padding
  const maskBias = unsqueeze(unsqueeze(hidden, 1), 1); // [B, 1, 1, T]
  const embedded = embedding(weights.embeddings, maximum(ids, 0)); // [B, T, 256]
  // The graph adds the embedding to itself plus the timing signal, so the embedding counts twice.
  let x = add(mul(embedded, 2), timingSignal(ids.shape[1]!, weights.inverseTimescales)); // [B, T, 256]
  const states = [x];
  for (const [i, layer] of weights.layers.entries()) {
    const attended = attention(x, layer, maskBias); // [B, T, 512]
    const residual = i === 0 ? dense(x, weights.residual) : x;
    x = add(attended, residual);
    const normed = layerNorm(x, layer.feedForwardNorm.scale, layer.feedForwardNorm.bias, { eps: 1e-6 });
    x = add(dense(relu(dense(normed, layer.expand)), layer.contract), x);
    states.push(x);
  }
  return states;
}

/** Sines, then cosines, of position × 1/timescale (arXiv:1706.03762 §3.5): [T, 256]. */
function timingSignal(length: number | string, inverseTimescales: Float32Array): Tensor {
  const half = inverseTimescales.length;
  const table = new Float32Array(longestInput * 2 * half);
  for (let position = 0; position < longestInput; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * inverseTimescales[i]!);
      table[position * 2 * half + i] = Math.sin(angle);
      table[position * 2 * half + half + i] = Math.cos(angle);
    }
  }
  const whole = constant({ dtype: "float32", shape: [longestInput, 2 * half], data: table });
  return slice(whole, { axes: [0], starts: [0], ends: [length] });
}

/** Multi-head self-attention on the normalised stream: x [B, T, C] → [B, T, 512]. */
function attention(x: Tensor, { attentionNorm, qkv, output }: LayerWeights, maskBias: Tensor): Tensor {
  const [batch, length, channels] = x.shape as [number | string, number | string, number];
  const headDim = channels / HEADS;
  const normed = layerNorm(x, attentionNorm.scale, attentionNorm.bias, { eps: 1e-6 });
  const heads = (t: Tensor, perm: number[]) => transpose(reshape(t, [batch, length, HEADS, headDim]), perm);
  const [q, k, v] = split(dense(normed, qkv), { axis: 2, sizes: [channels, channels, channels] }) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const scores = matmul(mul(heads(q, [0, 2, 1, 3]), headDim ** -0.5), heads(k, [0, 2, 3, 1])); // [B, H, T, T]
  const mixed = matmul(softmax(add(scores, maskBias), { axis: -1 }), heads(v, [0, 2, 1, 3])); // [B, H, T, D]
  return dense(reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, channels]), output);
}

/** x·W + b, W stored as [in, out]. */
function dense(x: Tensor, { kernel, bias }: { kernel: Tensor; bias: Tensor }): Tensor {
  return add(matmul(x, kernel), bias);
}
