import { ArgumentError, ShapeError } from "@loam/core";
import { addDims, type Dim, floorDivDim, mulDims, type Shape, showShape, sizeOf } from "../tensor/dim.ts";
import {
  apply,
  type Cotangents,
  type Operand,
  primitive,
  primitives,
  scalar,
  type Tensor,
  type TensorType,
} from "../tensor/tensor.ts";
import { expand } from "./broadcast.ts";
import { toAxis } from "./check.ts";
import { reshape } from "./reshape.ts";

/** All axes from `from` to `to` (inclusive) as one. [2, 3, 4] from 1 → [2, 12]. */
export function flatten(x: Tensor, { from = 0, to = -1 }: { from?: number; to?: number } = {}): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const [first, last] = [toAxis("flatten", from, x.rank), toAxis("flatten", to, x.rank)];
  return reshape(x, [...x.shape.slice(0, first), sizeOf(x.shape.slice(first, last + 1)), ...x.shape.slice(last + 1)]);
}

/** x with a new axis of size 1 before `axis`. [2, 3] at 1 → [2, 1, 3]. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = toAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, x.shape.toSpliced(at, 0, 1));
}

/**
 * x without an axis of size 1.
 *
 * @throws {ShapeError} unless the axis has size 1.
 */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = toAxis("squeeze", axis, x.rank);
  if (x.shape[at] !== 1) {
    throw new ShapeError("squeeze", { got: showShape(x.shape), expected: `size 1 on axis ${axis}` });
  }
  return reshape(x, x.shape.toSpliced(at, 1));
}

const transposePrimitive = primitive<[x: Operand], { perm: readonly number[] }>("transpose", {
  shape: ([x], { perm }) => perm.map((axis) => x!.shape[axis]!),
  emit: (g, inputs, { perm }) => g.op("Transpose", inputs, { perm }),
  vjp: (_, dy, { perm }) => [transpose(dy, invert(perm))],
});

/**
 * Axes in another order; left out, the last two change places. [2, 3, 4] by (2, 0, 1) → [4, 2, 3].
 *
 * @throws {ArgumentError} unless perm names each axis once.
 */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const axes = (perm ?? swapLastTwo(x.rank)).map((axis) => toAxis("transpose", axis, x.rank));
  if (axes.length !== x.rank || new Set(axes).size !== x.rank) {
    throw new ArgumentError("perm", perm, `each of the ${x.rank} axes of ${showShape(x.shape)} once`);
  }
  return axes.every((axis, at) => axis === at) ? x : transposePrimitive(x, { perm: axes });
}

const swapLastTwo = (rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));

const invert = (perm: readonly number[]): number[] => perm.map((_, axis) => perm.indexOf(axis));

/** A tensor of this shape, every entry the same number. */
export const full = (shape: Shape, fill: number, dtype: Tensor["dtype"] = "float32"): Tensor =>
  expand(scalar(fill, dtype), shape);
export const zeros = (shape: Shape, dtype?: Tensor["dtype"]): Tensor => full(shape, 0, dtype);
export const ones = (shape: Shape, dtype?: Tensor["dtype"]): Tensor => full(shape, 1, dtype);

const concatPrimitive = primitive<Tensor[], { axis: number }>("concat", {
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    const rest = (x: Tensor) => showShape(x.shape.toSpliced(axis, 1));
    if (inputs.some((x) => rest(x) !== rest(first!) || x.dtype !== first!.dtype)) {
      throw new ShapeError("concat", {
        got: inputs.map((x) => `${x.dtype} ${showShape(x.shape)}`).join(", "),
        expected: `one dtype, and equal shapes apart from axis ${axis}`,
      });
    }
    return first!.shape.with(axis, inputs.map((x) => x.shape[axis]!).reduce(addDims));
  },
  emit: (g, inputs, { axis }) => g.op("Concat", inputs, { axis }),
  vjp: (inputs, dy, { axis }) => split(dy, { axis, sizes: inputs.map((x) => x.shape[axis]!) }),
});

/**
 * Tensors one after another along an axis. [2, 3] and [4, 3] along 0 → [6, 3].
 *
 * @throws {ArgumentError} without a tensor.
 */
export function concat(tensors: readonly Tensor[], { axis }: { axis: number }): Tensor {
  if (tensors.length === 0) throw new ArgumentError("tensors", tensors, "at least one tensor");
  if (tensors.length === 1) return tensors[0]!;
  return concatPrimitive(...tensors, { axis: toAxis("concat", axis, tensors[0]!.rank) });
}

/** Tensors of one shape along a new axis. */
export const stack = (tensors: readonly Tensor[], { axis }: { axis: number }): Tensor =>
  concat(
    tensors.map((x) => unsqueeze(x, axis)),
    { axis },
  );

primitive<[x: Tensor], { axis: number; sizes: Shape }>("split", {
  shape: ([x], { axis, sizes }): TensorType[] =>
    sizes.map((size) => ({ dtype: x!.dtype, shape: x!.shape.with(axis, size) })),
  emit: (g, [x], { axis, sizes }) => [...g.ops("Split", sizes.length, [x!, g.shape(sizes)], { axis })],
  vjp: (_inputs, _dy, { axis }, _y, { cotangents }) => [concat(cotangents, { axis })],
});

/**
 * Cuts x along an axis into pieces of these sizes, which add up to its length.
 *
 * @throws {ShapeError} unless the sizes sum up to the axis.
 */
export function split(x: Tensor, { axis, sizes }: { axis: number; sizes: Shape }): Tensor[] {
  const at = toAxis("split", axis, x.rank);
  if (sizes.reduce(addDims) !== x.shape[at]) {
    throw new ShapeError("split", { got: `sizes ${showShape(sizes)}`, expected: `a sum of ${x.shape[at]}` });
  }
  if (sizes.length === 1) return [x];
  return [...apply(primitives.get("split")!, [x], { axis: at, sizes }).node.outputs];
}

export interface SliceAttributes {
  /** Negative numbers count from the end. */
  starts: readonly Dim[];
  /** Exclusive; null goes to the end, negative numbers count from it. */
  ends: readonly (Dim | null)[];
  axes: readonly number[];
  /** Positive; left out, 1. */
  steps?: readonly number[];
}

interface Cut {
  axis: number;
  start: Dim;
  end: Dim;
  step: number;
  length: Dim;
}

function cutsOf(x: Tensor, { starts, ends, axes, steps }: SliceAttributes): Cut[] {
  return axes.map((axis, i) => {
    const at = toAxis("slice", axis, x.rank);
    const size = x.shape[at]!;
    const resolve = (bound: Dim | null): Dim => {
      if (bound === null) return size;
      if (typeof bound === "string") return bound;
      if (bound < 0) return typeof size === "number" ? Math.max(0, size + bound) : addDims(size, bound);
      return typeof size === "number" ? Math.min(bound, size) : bound;
    };
    const [start, end, step] = [resolve(starts[i]!), resolve(ends[i] ?? null), steps?.[i] ?? 1];
    if (!(step > 0)) throw new ArgumentError("steps", steps, "positive integers");
    const span = addDims(end, mulDims(start, -1));
    const length = floorDivDim(addDims(span, step - 1), step);
    return { axis: at, start, end, step, length: typeof length === "number" ? Math.max(0, length) : length };
  });
}

/** A range of some axes: `x[:, 1:-1, ::2]` is `{ axes: [1, 2], starts: [1, 0], ends: [-1, null], steps: [1, 2] }`. */
export const slice = primitive<[x: Tensor], SliceAttributes>("slice", {
  shape: ([x], attrs) => {
    const shape = [...x!.shape];
    for (const { axis, length } of cutsOf(x!, attrs)) shape[axis] = length;
    return shape;
  },
  emit: (g, [x], attrs, { inputs }) => {
    const cuts = cutsOf(inputs[0]!, attrs);
    const axes = g.ints(cuts.map(({ axis }) => axis));
    const bounds = [g.shape(cuts.map(({ start }) => start)), g.shape(cuts.map(({ end }) => end))];
    return g.op("Slice", [x!, ...bounds, axes, g.ints(cuts.map(({ step }) => step))]);
  },
  // Each axis: entries `step` apart, then zeros before and after.
  vjp: ([x], dy, attrs) => {
    let dx = dy;
    const pads: [Dim, Dim][] = x!.shape.map(() => [0, 0]);
    for (const { axis, start, step } of cutsOf(x!, attrs)) {
      if (step > 1) dx = dilate(dx, axis, step);
      const used = addDims(start, dx.shape[axis]!);
      pads[axis] = [start, addDims(x!.shape[axis]!, mulDims(used, -1))];
    }
    return [pad(dx, { pads })];
  },
});

/** step - 1 zeros after each entry along an axis. */
function dilate(x: Tensor, axis: number, step: number): Tensor {
  const apart = unsqueeze(x, axis + 1);
  const pads: [Dim, Dim][] = apart.shape.map((_, at) => (at === axis + 1 ? [0, step - 1] : [0, 0]));
  return flatten(pad(apart, { pads }), { from: axis, to: axis + 1 });
}

export interface PadAttributes {
  /** Entries to add before and after, one pair per axis; negative numbers cut entries off. */
  pads: readonly (readonly [before: Dim, after: Dim])[];
  value?: number;
}

const padPrimitive = primitive<[x: Tensor], PadAttributes>("pad", {
  shape: ([x], { pads }) => x!.shape.map((dim, axis) => addDims(dim, addDims(pads[axis]![0], pads[axis]![1]))),
  emit: (g, [x], { pads, value = 0 }, { inputs }) => {
    const amounts = g.shape([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]);
    return g.op("Pad", [x!, amounts, g.scalar(value, inputs[0]!.dtype)]);
  },
  vjp: (_, dy, { pads }) => [
    pad(dy, { pads: pads.map(([before, after]) => [mulDims(before, -1), mulDims(after, -1)]) }),
  ],
});

/**
 * x with a constant border. [2, 3] by (0, 0), (1, 2) → [2, 6].
 *
 * @throws {ArgumentError} unless there is one pair for each axis.
 */
export function pad(x: Tensor, { pads, value = 0 }: PadAttributes): Tensor {
  if (pads.length !== x.rank) throw new ArgumentError("pads", pads, `one pair for each of ${x.rank} axes`);
  return pads.every(([before, after]) => before === 0 && after === 0) ? x : padPrimitive(x, { pads, value });
}

/** Zeros above (`tril`) or below (`triu`) a diagonal of the last two axes; 0 is the main one, positive ones lie above. */
export const tril = primitive<[x: Tensor], { diagonal?: number }>("tril", {
  shape: ([x]) => x!.shape,
  emit: (g, [x], { diagonal = 0 }) =>
    g.op("Trilu", [x!, g.constant({ dtype: "int64", shape: [], data: [diagonal] })], { upper: 0 }),
  vjp: (_, dy, attrs): Cotangents => [tril(dy, attrs)],
});
