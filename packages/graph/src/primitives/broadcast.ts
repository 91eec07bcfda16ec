import { ShapeError } from "@loam/core";
import { type Dim, type Shape, showShape, sizeOf } from "../tensor/dim.ts";
import { type Operand, primitive, type Tensor } from "../tensor/tensor.ts";
import { toAxis } from "./check.ts";
import { reshape } from "./reshape.ts";

/** The shape that shapes take together under NumPy's rules: aligned at the last axis, size 1 stretches. */
export function broadcastShapes(operation: string, ...shapes: Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let dim: Dim = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === 1 || own === dim) continue;
      if (dim !== 1) {
        throw new ShapeError(operation, {
          got: shapes.map(showShape).join(" and "),
          expected: "shapes that broadcast: equal axes, or 1, counted from the last",
          hint: `axis ${axis - rank} is ${dim} on one side and ${own} on the other`,
        });
      }
      dim = own;
    }
    return dim;
  });
}

export interface ReduceAttributes {
  /** Left out, all axes. */
  axes?: readonly number[];
  /** Keeps reduced axes with size 1. */
  keepdims?: boolean;
}

const axesOf = (name: string, x: Tensor, { axes }: ReduceAttributes): number[] =>
  axes ? axes.map((axis) => toAxis(name, axis, x.rank)) : x.shape.map((_, axis) => axis);

/** x's shape after a reduction: its axes of size 1 where they are kept, gone where not. */
export function reducedShape(name: string, x: Tensor, attrs: ReduceAttributes): Shape {
  const axes = axesOf(name, x, attrs);
  return x.shape.flatMap((dim, axis) => (axes.includes(axis) ? (attrs.keepdims ? [1] : []) : [dim]));
}

/** The number of entries that go into one result. */
export const countOf = (name: string, x: Tensor, attrs: ReduceAttributes): Dim =>
  sizeOf(axesOf(name, x, attrs).map((axis) => x.shape[axis]!));

/** A reduction; `vjp` gets cotangent and result with the reduced axes kept, so that they broadcast against x. */
export const reduction = (
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

/** The sum; stretching and summing are each other's derivative, so both stand here. */
export const reduceSum = reduction("reduce_sum", "ReduceSum", (x, dy) => expand(dy, x.shape));

const expandPrimitive = primitive<[x: Operand], { shape: Shape }>("expand", {
  shape: (_, { shape }) => shape,
  emit: (g, [x], { shape }) => g.op("Expand", [x!, g.shape(shape)]),
  vjp: ([x], dy) => [sumTo(dy, x!.shape)],
});

/**
 * x repeated along its axes of size 1, and new leading axes, to this shape.
 *
 * @throws {ShapeError} when an axis other than of size 1 would change.
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const together = broadcastShapes("expand", x.shape, shape);
  if (showShape(together) !== showShape(shape)) {
    throw new ShapeError("expand", {
      got: `${showShape(x.shape)} → ${showShape(shape)}`,
      expected: "axes that only grow",
    });
  }
  return showShape(x.shape) === showShape(shape) ? x : expandPrimitive(x, { shape });
}

/** Undoes broadcasting: sums the axes along which `shape` was stretched to become x's shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const extra = x.rank - shape.length;
  const axes = x.shape.flatMap((dim, axis) => (axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : []));
  if (axes.length === 0) return x;
  return reshape(reduceSum(x, { axes, keepdims: true }), shape);
}
