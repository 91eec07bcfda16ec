import { ShapeError } from "@loam/core";
import { divDims, type Shape, showShape, sizeOf } from "../tensor/dim.ts";
import { type Operand, primitive, type Tensor } from "../tensor/tensor.ts";

const reshapePrimitive = primitive<[x: Operand], { shape: Shape }>("reshape", {
  shape: (_, { shape }) => shape,
  emit: (g, [x], { shape }, { inputs }) => {
    const named = shape.filter((dim) => typeof dim !== "number");
    if (named.length > 1 || shape.includes(0)) return g.op("Reshape", [x!, g.shape(shape)], { allowzero: 1 });
    const target = g.ints(shape.map((dim) => (typeof dim === "number" ? dim : -1)));
    return inputs[0]!.shape.length === 0 && shape.length === 0 ? x! : g.op("Reshape", [x!, target]);
  },
  vjp: ([x], dy) => [reshape(dy, x!.shape)],
});

/**
 * The same elements in another shape; one dimension may be -1 and is worked out.
 *
 * @throws {ShapeError} when the number of elements differs.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  const target = [...shape];
  const size = sizeOf(x.shape);
  const rest = sizeOf(target.filter((_, axis) => axis !== open));
  const missing = open < 0 ? (rest === size ? 1 : undefined) : rest === 0 ? 0 : divDims(size, rest);
  if (missing === undefined) {
    throw new ShapeError("reshape", {
      got: `${showShape(x.shape)} → ${showShape(shape)}`,
      expected: `a shape of ${size} elements`,
      hint: "a named dimension may only be split by numbers that divide its factor",
    });
  }
  if (open >= 0) target[open] = missing;
  return target.length === x.rank && target.every((dim, axis) => dim === x.shape[axis])
    ? x
    : reshapePrimitive(x, { shape: target });
}
