import { type Dim, type Shape, sizeOf } from "../tensor/dim.ts";
import { type Cotangents, type Operand, primitive, scalar, type Tensor, type TensorType } from "../tensor/tensor.ts";
import { toAxis } from "./check.ts";
import { cast, div, equal, exp, mul, square, sub } from "./elementwise.ts";
import { expand, reshape } from "./layout.ts";

export interface ReduceAttributes {
  /** Left out, all axes. */
  axes?: readonly number[];
  /** Keeps reduced axes with size 1. */
  keepdims?: boolean;
}

const axesOf = (name: string, x: Tensor, { axes }: ReduceAttributes): number[] =>
  axes ? axes.map((axis) => toAxis(name, axis, x.rank)) : x.shape.map((_, axis) => axis);

function reducedShape(name: string, x: Tensor, attrs: ReduceAttributes): Shape {
  const axes = axesOf(name, x, attrs);
  return x.shape.flatMap((dim, axis) => (axes.includes(axis) ? (attrs.keepdims ? [1] : []) : [dim]));
}

/** The number of entries that go into one result. */
const countOf = (name: string, x: Tensor, attrs: ReduceAttributes): Dim =>
  sizeOf(axesOf(name, x, attrs).map((axis) => x.shape[axis]!));

/** A reduction; `vjp` gets cotangent and result with the reduced axes kept, so that they broadcast against x. */
const reduction = (
  name: string,
  op: string,
  vjp: (x: Tensor, dy: Tensor, y: Tensor, attrs: ReduceAttributes) => Tensor,
) => {
  const inner = primitive<[x: Operand], ReduceAttributes>(name, {
    shape: ([x], attrs) => reducedShape(name, x!, attrs),
    emit: (g, [x], attrs, { inputs }) => {
      const axes = axesOf(name, inputs[0]!, attrs);
      if (axes.length === 0) return x!;
      const keepdims = attrs.keepdims ? 1 : 0;
      return g.op(op, [x!, g.ints(axes)], { keepdims });
    },
    vjp: ([x], dy, attrs, y) => {
      const kept = reducedShape(name, x!, { ...attrs, keepdims: true });
      return [vjp(x!, reshape(dy, kept), reshape(y, kept), attrs)];
    },
  });
  return (x: Operand, attrs: ReduceAttributes = {}): Tensor => inner(x, attrs);
};

export const reduceSum = reduction("reduce_sum", "ReduceSum", (x, dy) => expand(dy, x.shape));
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

/** The variance, over n - correction. */
export function variance(
  x: Tensor,
  { axes, keepdims = false, correction = 0 }: ReduceAttributes & { correction?: number } = {},
): Tensor {
  const centred = sub(x, reduceMean(x, { axes, keepdims: true }));
  if (correction === 0) return reduceMean(square(centred), { axes, keepdims });
  const count = dimScalar(countOf("variance", x, { axes }), x);
  return div(reduceSum(square(centred), { axes, keepdims }), sub(count, correction));
}

/** ln Σ eˣ along one axis, which goes. */
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
