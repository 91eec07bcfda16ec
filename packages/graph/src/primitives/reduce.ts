import type { Dim } from "../tensor/dim.ts";
import { type Cotangents, type Operand, primitive, scalar, type Tensor, type TensorType } from "../tensor/tensor.ts";
import { countOf, expand, type ReduceAttributes, reducedShape, reduceSum, reduction } from "./broadcast.ts";
import { toAxis } from "./check.ts";
import { cast, div, equal, exp, mul, square, sub } from "./elementwise.ts";

export const reduceMean = reduction("reduce_mean", "ReduceMean", (x, dy, _, attrs) =>
  expand(div(dy, dimScalar(countOf("reduce_mean", x, attrs), x)), x.shape),
);
/** The largest entry; ties share the gradient equally. */
export const reduceMax = reduction("reduce_max", "ReduceMax", shareAmongTies);
/** The smallest entry; ties share the gradient equally. */
export const reduceMin = reduction("reduce_min", "ReduceMin", shareAmongTies);
/** The product; its gradient divides by the entries, so none may be zero. */
export const reduceProd = reduction("reduce_prod", "ReduceProd", (x, dy, y) => div(mul(dy, y), x));
/** The Euclidean norm. */
export const reduceL2 = reduction("reduce_l2", "ReduceL2", (x, dy, y) => mul(dy, div(x, y)));

function shareAmongTies(x: Tensor, dy: Tensor, y: Tensor, attrs: ReduceAttributes): Tensor {
  const ties = cast(equal(x, y), x.dtype);
  return mul(ties, div(dy, reduceSum(ties, { ...attrs, keepdims: true })));
}

/** A dimension as a scalar of x's dtype, for means over axes of any length. */
export function dimScalar(dim: Dim, x: Tensor): Tensor {
  return typeof dim === "number" ? scalar(dim, x.dtype) : cast(dimension(x, { dim }), x.dtype);
}

const dimension = primitive<[x: Tensor], { dim: Dim }>("dimension", {
  shape: (): TensorType => ({ dtype: "int64", shape: [] }),
  emit: (g, _, { dim }) => g.op("Squeeze", [g.dim(dim), g.ints([0])]),
  vjp: "none",
});

/** The variance, over n - correction. The axes go, or stay with size 1 (`keepdims`): [2, 3] over 1 → [2]. */
export function variance(
  x: Tensor,
  { axes, keepdims = false, correction = 0 }: ReduceAttributes & { correction?: number } = {},
): Tensor {
  const centred = sub(x, reduceMean(x, { axes, keepdims: true }));
  if (correction === 0) return reduceMean(square(centred), { axes, keepdims });
  const count = dimScalar(countOf("variance", x, { axes }), x);
  return div(reduceSum(square(centred), { axes, keepdims }), sub(count, correction));
}

/** ln Σ eˣ along one axis, which goes. [2, 3] over 1 → [2]. */
export function logSumExp(
  x: Tensor,
  { axis = -1, keepdims = false }: { axis?: number; keepdims?: boolean } = {},
): Tensor {
  return logSumExpPrimitive(x, { axes: [axis], keepdims });
}
const logSumExpPrimitive = reduction("log_sum_exp", "ReduceLogSumExp", (x, dy, y) => mul(dy, exp(sub(x, y))));

interface CumsumAttributes {
  axis: number;
  /** Leaves an entry out of its own sum. */
  exclusive?: boolean;
  /** Sums from the end. */
  reverse?: boolean;
}

/** Running sums along one axis. */
export const cumsum = primitive<[x: Operand], CumsumAttributes>("cumsum", {
  shape: ([x], { axis }) => {
    toAxis("cumsum", axis, x!.rank);
    return x!.shape;
  },
  emit: (g, [x], { axis, exclusive, reverse }, { inputs }) => {
    const at = g.constant({ dtype: "int64", shape: [], data: [toAxis("cumsum", axis, inputs[0]!.rank)] });
    return g.op("CumSum", [x!, at], { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 });
  },
  vjp: (_, dy, { axis, exclusive, reverse }): Cotangents => [cumsum(dy, { axis, exclusive, reverse: !reverse })],
});

/** The index of the largest entry along an axis, the first among equals, as int64. */
export const argmax = primitive<[x: Tensor], { axis: number; keepdims?: boolean }>("argmax", {
  shape: ([x], { axis, keepdims }): TensorType => ({
    dtype: "int64",
    shape: reducedShape("argmax", x!, { axes: [axis], keepdims }),
  }),
  emit: (g, inputs, { axis, keepdims }) => g.op("ArgMax", inputs, { axis, keepdims: keepdims ? 1 : 0 }),
  vjp: "none",
});
