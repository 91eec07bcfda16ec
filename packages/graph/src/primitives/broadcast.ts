import { ShapeError } from "@loam/core";
import { type Dim, type Shape, showShape } from "../tensor/dim.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { reshape } from "./layout.ts";
import { reduceSum } from "./reduce.ts";

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

/** Undoes broadcasting: sums the axes along which `shape` was stretched to become x's shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const extra = x.rank - shape.length;
  const axes = x.shape.flatMap((dim, axis) => (axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : []));
  if (axes.length === 0) return x;
  return reshape(reduceSum(x, { axes, keepdims: true }), shape);
}
