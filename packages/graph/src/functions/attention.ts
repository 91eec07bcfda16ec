import { ArgumentError, ShapeError } from "@loam/core";
import { after } from "../primitives/after.ts";
import { reduceSum, sumTo } from "../primitives/broadcast.ts";
import { add, and, cast, greater, lessOrEqual, mul, sub, where } from "../primitives/elementwise.ts";
import { range } from "../primitives/indexing.ts";
import { unsqueeze } from "../primitives/layout.ts";
import { matmul } from "../primitives/matmul.ts";
import { softmax } from "../primitives/normalisation.ts";
import { dimScalar } from "../primitives/reduce.ts";
import { reshape } from "../primitives/reshape.ts";
import { addDims, type Dim, mulDims, showShape, sizeOf } from "../tensor/dim.ts";
import { primitive, type Tensor } from "../tensor/tensor.ts";

export interface AttentionOptions {
  /** A query sees keys up to its own position; the last query stands at the last key. */
  causal?: boolean;
  /** With `causal`: a query sees itself and the window - 1 keys before it. */
  window?: number;
  /** True where a query may attend; broadcasts to [B, H, Tq, Tk]. */
  mask?: Tensor;
  /** Added to the scores; broadcasts to [B, H, Tq, Tk]. */
  bias?: Tensor;
  /** Left out, D^-½. */
  scale?: number;
}

/** Probabilities up to this size are kept for the backward pass; larger ones, which grow with T², are made again. */
const keptBytes = 16e6;

/** Finite, so that a row without any allowed key gives an average and not NaN. */
const minusInfinity = -1e30;

/** Softmax of scaled scores. Query heads that share a key head are rows of one product. → [B, H, Tq, Tk] */
function probabilities(q: Tensor, k: Tensor, bias: Tensor | undefined, scale: number): Tensor {
  const [B, H, Tq] = q.shape as [Dim, number, Dim];
  const scores = reshape(matmul(groupHeads(mul(q, scale), k), k, { transposeB: true }), [B, H, Tq, k.shape[2]!]);
  return softmax(bias ? add(scores, bias) : scores, { axis: -1 });
}

/** [B, H, Tq, ·] → [B, Hkv, H/Hkv · Tq, ·]: the queries of all heads that read one key head, under each other. */
function groupHeads(x: Tensor, k: Tensor): Tensor {
  const [B, H, Tq, width] = x.shape as [Dim, number, Dim, Dim];
  const heads = k.shape[1] as number;
  return reshape(x, [B, heads, mulDims(H / heads, Tq), width]);
}

const attentionPrimitive = primitive<Tensor[], { scale: number }>("attention", {
  shape: ([q, k, v]) => {
    const [heads, shared] = [q!.shape[1], k!.shape[1]];
    const fits = typeof heads === "number" && typeof shared === "number" && heads % shared === 0;
    if (!fits || q!.shape[3] !== k!.shape[3] || k!.shape[2] !== v!.shape[2] || v!.shape[1] !== shared) {
      throw new ShapeError("attention", {
        got: `q ${showShape(q!.shape)}, k ${showShape(k!.shape)}, v ${showShape(v!.shape)}`,
        expected: "q [B, H, Tq, D], k [B, Hkv, Tk, D], v [B, Hkv, Tk, Dv] with Hkv a divisor of H",
        hint: "check `headDim` and the numbers of heads in the model config",
      });
    }
    return [...q!.shape.slice(0, 3), v!.shape[3]!];
  },
  lower: ([q, k, v, bias], { scale }) => {
    const p = probabilities(q!, k!, bias, scale);
    return reshape(matmul(groupHeads(p, k!), v!), [...q!.shape.slice(0, 3), v!.shape[3]!]);
  },
  costly: () => "attention",
  // dS = P ∘ (dP - rowsum(dy ∘ y)), where rowsum(dP ∘ P) = rowsum(dy ∘ y) (arXiv:2205.14135 §B.4).
  vjp: ([q, k, v, bias], dy, { scale }, y) => {
    const entries = sizeOf([...q!.shape.slice(0, 3), k!.shape[2]!]);
    const kept = typeof entries === "number" && 4 * entries <= keptBytes;
    const p = probabilities(q!, kept ? k! : after(k!, dy), bias, scale);
    const dp = reshape(matmul(groupHeads(dy, k!), v!, { transposeB: true }), p.shape);
    const ds = mul(p, sub(dp, reduceSum(mul(dy, y), { axes: [-1], keepdims: true })));
    const scores = groupHeads(ds, k!);
    return [
      mul(reshape(matmul(scores, k!), q!.shape), scale),
      mul(matmul(scores, groupHeads(q!, k!), { transposeA: true }), scale),
      matmul(groupHeads(p, k!), groupHeads(dy, k!), { transposeA: true }),
      bias && sumTo(ds, bias.shape),
    ];
  },
});

/**
 * Scaled dot-product attention with grouped key/value heads (arXiv:1706.03762 §3.2.1, arXiv:2305.13245).
 *
 * @param q [B, H, Tq, D]
 * @param k [B, Hkv, Tk, D], where Hkv divides H; query head h reads key head h // (H / Hkv)
 * @param v [B, Hkv, Tk, Dv]
 * @returns [B, H, Tq, Dv]
 * @throws {ShapeError} when the shapes do not fit together.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  if (q.rank !== 4 || k.rank !== 4 || v.rank !== 4) {
    throw new ShapeError("attention", {
      got: [q, k, v].map((x) => showShape(x.shape)).join(", "),
      expected: "[B, H, T, D] each",
    });
  }
  const bias = attentionBias(q.shape[2]!, k.shape[2]!, options, q);
  const scale = options.scale ?? (q.shape[3] as number) ** -0.5;
  return attentionPrimitive(...(bias ? [q, k, v, bias] : [q, k, v]), { scale });
}

/** What is added to the scores: 0 where a query may attend, -1e30 where not, plus the given bias. */
function attentionBias(
  Tq: Dim,
  Tk: Dim,
  { causal, window, mask, bias }: AttentionOptions,
  like: Tensor,
): Tensor | undefined {
  if (window !== undefined && !causal) throw new ArgumentError("window", window, "`causal: true` beside it");
  let allowed = mask;
  if (causal) {
    const keys = range({ length: Tk }); // [Tk]
    const ahead = addDims(Tk, mulDims(Tq, -1));
    const own = range({ length: Tq });
    const queries = unsqueeze(ahead === 0 ? own : add(own, cast(dimScalar(ahead, own), "int64")), 1); // [Tq, 1]
    let past = lessOrEqual(keys, queries);
    if (window !== undefined) past = and(past, greater(keys, sub(queries, window)));
    allowed = allowed ? and(allowed, past) : past;
  }
  if (!allowed) return bias;
  const closed = where(allowed, 0, minusInfinity);
  return bias ? add(cast(closed, like.dtype), bias) : cast(closed, like.dtype);
}
