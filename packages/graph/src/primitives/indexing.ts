import { ArgumentError, ShapeError } from "@loam/core";
import { type Dim, isName, showShape, sizeOf } from "../tensor/dim.ts";
import { apply, primitive, primitives, type Tensor, type TensorType } from "../tensor/tensor.ts";
import type { DType } from "../tensor/value.ts";
import { expand } from "./broadcast.ts";
import { checkIndices, toAxis } from "./check.ts";
import { zeros } from "./layout.ts";
import { reshape } from "./reshape.ts";

const gatherPrimitive = primitive<[x: Tensor, index: Tensor], { axis: number }>("gather", {
  shape: ([x, index], { axis }) => {
    checkIndices("gather", index!);
    return [...x!.shape.slice(0, axis), ...index!.shape, ...x!.shape.slice(axis + 1)];
  },
  emit: (g, inputs, { axis }) => g.op("Gather", inputs, { axis }),
  vjp: ([x, index], dy, { axis }) => {
    const count = sizeOf(index!.shape);
    const rows = reshape(dy, x!.shape.with(axis, count));
    const where = reshape(
      index!,
      x!.shape.map((_, at) => (at === axis ? count : 1)),
    );
    return [
      scatterElements(zeros(x!.shape, x!.dtype), expand(where, rows.shape), rows, { axis, reduction: "add" }),
      undefined,
    ];
  },
});

/** Slices of x along an axis, picked by index: index [...] → x.shape with that axis replaced by [...]. */
export const gather = (x: Tensor, index: Tensor, { axis = 0 }: { axis?: number } = {}): Tensor =>
  gatherPrimitive(x, index, { axis: toAxis("gather", axis, x.rank) });

/**
 * Rows of a table [V, D] by id: ids [...] → [..., D]. Ids must lie in [0, V).
 *
 * @throws {ShapeError} unless table is [V, D].
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  if (table.rank !== 2) throw new ShapeError("embedding", { got: showShape(table.shape), expected: "a table [V, D]" });
  return gather(table, ids, { axis: 0 });
}

const gatherElementsPrimitive = primitive<[x: Tensor, index: Tensor], { axis: number }>("gather_elements", {
  shape: ([x, index], { axis }) => {
    checkIndices("gatherElements", index!);
    checkAlong("gatherElements", x!, index!, axis);
    return index!.shape;
  },
  emit: (g, inputs, { axis }) => g.op("GatherElements", inputs, { axis }),
  vjp: ([x, index], dy, { axis }) => [
    scatterElements(zeros(x!.shape, x!.dtype), index!, dy, { axis, reduction: "add" }),
    undefined,
  ],
});

/** y[i, j] = x[index[i, j], j] (axis 0), and likewise for other axes and ranks. */
export const gatherElements = (x: Tensor, index: Tensor, { axis }: { axis: number }): Tensor =>
  gatherElementsPrimitive(x, index, { axis: toAxis("gatherElements", axis, x.rank) });

interface ScatterAttributes {
  axis: number;
  /** What happens where an entry is written: it is replaced, or added to. */
  reduction?: "replace" | "add";
}

const scatterPrimitive = primitive<[x: Tensor, index: Tensor, updates: Tensor], ScatterAttributes>("scatter_elements", {
  shape: ([x, index, updates], { axis }) => {
    checkIndices("scatterElements", index!);
    checkAlong("scatterElements", x!, index!, axis);
    if (showShape(index!.shape) !== showShape(updates!.shape)) {
      throw new ShapeError("scatterElements", {
        got: `index ${showShape(index!.shape)} and updates ${showShape(updates!.shape)}`,
        expected: "equal shapes",
      });
    }
    return x!.shape;
  },
  emit: (g, inputs, { axis, reduction }) =>
    g.op("ScatterElements", inputs, { axis, reduction: reduction === "add" ? "add" : undefined }),
  vjp: ([, index, updates], dy, attrs) => [
    attrs.reduction === "add" ? dy : scatterElements(dy, index!, zeros(updates!.shape, dy.dtype), attrs),
    undefined,
    gatherElements(dy, index!, attrs),
  ],
});

/** x with y[index[i, j], j] = updates[i, j] (axis 0); the inverse of {@link gatherElements}. */
export const scatterElements = (
  x: Tensor,
  index: Tensor,
  updates: Tensor,
  { axis, reduction }: ScatterAttributes,
): Tensor => scatterPrimitive(x, index, updates, { axis: toAxis("scatterElements", axis, x.rank), reduction });

function checkAlong(operation: string, x: Tensor, index: Tensor, axis: number): void {
  const fits =
    x.rank === index.rank &&
    index.shape.every((dim, at) => at === axis || dim === x.shape[at] || smaller(dim, x.shape[at]!));
  if (!fits) {
    throw new ShapeError(operation, {
      got: `${showShape(x.shape)} with index ${showShape(index.shape)}`,
      expected: `equal ranks, and an index no larger than x apart from axis ${axis}`,
    });
  }
}

const smaller = (a: Dim, b: Dim): boolean => typeof a === "number" && typeof b === "number" && a <= b;

/** 1 at the id and 0 elsewhere, on a new last axis: ids [...] → [..., depth]. */
export const oneHot = primitive<[ids: Tensor], { depth: number; dtype?: DType }>("one_hot", {
  shape: ([ids], { depth, dtype = "float32" }): TensorType => {
    checkIndices("oneHot", ids!);
    return { dtype, shape: [...ids!.shape, depth] };
  },
  emit: (g, [ids], { depth, dtype = "float32" }) =>
    g.op("OneHot", [ids!, g.scalar(depth, "int64"), g.constant({ dtype, shape: [2], data: [0, 1] })], { axis: -1 }),
  vjp: "none",
});

primitive<[x: Tensor], { k: number; axis: number }>("topk", {
  shape: ([x], { k, axis }): TensorType[] => {
    const size = x!.shape[axis]!;
    if (!Number.isInteger(k) || k < 1 || (typeof size === "number" && k > size)) {
      throw new ArgumentError("k", k, `an integer from 1 to ${size}`);
    }
    const shape = x!.shape.with(axis, k);
    return [
      { dtype: x!.dtype, shape },
      { dtype: "int64", shape },
    ];
  },
  emit: (g, [x], { k, axis }) => [...g.ops("TopK", 2, [x!, g.ints([k])], { axis })],
  vjp: ([x], dy, { axis }, _y, { outputs }) => [
    scatterElements(zeros(x!.shape, x!.dtype), outputs[1]!, dy, { axis, reduction: "add" }),
  ],
});

/**
 * The k largest entries along an axis, largest first, and where they are (int64). [..., n, ...] → [..., k, ...] twice.
 */
export function topk(x: Tensor, { k, axis = -1 }: { k: number; axis?: number }): { values: Tensor; indices: Tensor } {
  const { outputs } = apply(primitives.get("topk")!, [x], { k, axis: toAxis("topk", axis, x.rank) }).node;
  return { values: outputs[0]!, indices: outputs[1]! };
}

/** 0, 1, …, length - 1 as int64; the length may be a named dimension. */
export const range = primitive<[], { length: Dim }>("range", {
  shape: (_, { length }): TensorType => ({ dtype: "int64", shape: [length] }),
  emit: (g, _, { length }) => {
    const end = typeof length === "number" ? g.scalar(length, "int64") : g.op("Squeeze", [g.dim(length), g.ints([0])]);
    return g.op("Range", [g.scalar(0, "int64"), end, g.scalar(1, "int64")]);
  },
  vjp: "none",
});

/** The positions, in ascending order, where a mask [N] holds: int64 [length], a dimension known only at run time. */
export const indicesWhere = primitive<[mask: Tensor], { length: string }>("indices_where", {
  shape: ([mask], { length }): TensorType => {
    if (mask!.rank !== 1) throw new ShapeError("indicesWhere", { got: showShape(mask!.shape), expected: "one axis" });
    if (!isName(length)) throw new ArgumentError("length", length, "a name for the new dimension");
    return { dtype: "int64", shape: [length] };
  },
  emit: (g, [mask]) => g.op("Squeeze", [g.op("NonZero", [mask!]), g.ints([0])]),
  vjp: "none",
});
