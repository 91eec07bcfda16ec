import { ShapeError } from "@loam/core";
import { addDims, type Dim, floorDivDim, mulDims, showShape } from "../tensor/dim.ts";
import { type Cotangents, constant, primitive, type Tensor, type TensorType } from "../tensor/tensor.ts";
import { add, div } from "./elementwise.ts";
import { gather, scatterElements } from "./indexing.ts";
import { concat, flatten, ones, slice, transpose, zeros } from "./layout.ts";
import { reshape } from "./reshape.ts";

export interface ConvOptions {
  stride?: number | readonly number[];
  /** Zeros on both sides of each axis; for uneven borders use `pad` first. */
  padding?: number | readonly number[];
  dilation?: number | readonly number[];
  groups?: number;
}

/** The geometry of a convolution, one number per spatial axis. */
interface Geometry {
  strides: readonly number[];
  padding: readonly number[];
  dilations: readonly number[];
  groups: number;
}

const perAxis = (x: number | readonly number[] | undefined, rank: number, otherwise: number): readonly number[] =>
  typeof x === "object" ? x : Array.from({ length: rank }, () => x ?? otherwise);

const onnxAttributes = ({ strides, padding, dilations, groups }: Geometry) => ({
  strides,
  dilations,
  pads: [...padding, ...padding],
  group: groups,
});

/** Entries that a window covers, less the stride-dependent part: (size + 2·padding - dilation·(kernel - 1) - 1). */
const reach = (size: Dim, kernel: number, padding: number, dilation: number): Dim =>
  addDims(size, 2 * padding - dilation * (kernel - 1) - 1);

const convPrimitive = primitive<[x: Tensor, w: Tensor], Geometry>("conv", {
  shape: ([x, w], { strides, padding, dilations, groups }) => {
    const [filters, channels, ...kernel] = w!.shape as number[];
    if (x!.rank !== w!.rank || x!.shape[1] !== channels! * groups || filters! % groups !== 0) {
      throw new ShapeError("conv", {
        got: `x ${showShape(x!.shape)}, w ${showShape(w!.shape)}, ${groups} groups`,
        expected: "x [B, C, ...] and w [O, C / groups, ...] with groups a divisor of O",
      });
    }
    const positions = kernel.map((size, i) =>
      addDims(floorDivDim(reach(x!.shape[i + 2]!, size, padding[i]!, dilations[i]!), strides[i]!), 1),
    );
    return [x!.shape[0]!, filters!, ...positions];
  },
  emit: (g, inputs, geometry) => g.op("Conv", inputs, onnxAttributes(geometry)),
  vjp: ([x, w], dy, geometry): Cotangents => [
    toShape(inputGradient(dy, w!, geometry), x!),
    filterGradient(x!, dy, w!, geometry),
  ],
});

const convTransposePrimitive = primitive<[x: Tensor, w: Tensor], Geometry & { outputPadding: readonly number[] }>(
  "conv_transpose",
  {
    shape: ([x, w], { strides, padding, dilations, groups, outputPadding }) => {
      const [channels, filters, ...kernel] = w!.shape as number[];
      if (x!.rank !== w!.rank || x!.shape[1] !== channels) {
        throw new ShapeError("convTranspose", {
          got: `x ${showShape(x!.shape)}, w ${showShape(w!.shape)}`,
          expected: "x [B, C, ...] and w [C, O / groups, ...]",
        });
      }
      const positions = kernel.map((size, i) => {
        const last = mulDims(addDims(x!.shape[i + 2]!, -1), strides[i]!);
        return addDims(last, dilations[i]! * (size - 1) + 1 + outputPadding[i]! - 2 * padding[i]!);
      });
      return [x!.shape[0]!, filters! * groups, ...positions];
    },
    emit: (g, inputs, geometry) =>
      g.op("ConvTranspose", inputs, { ...onnxAttributes(geometry), output_padding: geometry.outputPadding }),
    vjp: ([x, w], dy, { outputPadding: _, ...geometry }): Cotangents => [
      toShape(convPrimitive(dy, w!, geometry), x!),
      filterGradient(dy, x!, w!, geometry),
    ],
  },
);

/**
 * The gradient of x, with the positions that a stride may have skipped at its end. Over three axes it is a convolution of dy, zeros
 * between its entries where there are strides, with the filters turned round: ONNX Runtime's ConvTranspose takes eight times as long there.
 */
function inputGradient(dy: Tensor, w: Tensor, geometry: Geometry): Tensor {
  const { strides, padding, dilations, groups } = geometry;
  const kernel = w.shape.slice(2) as number[];
  const outer = kernel.map((size, i) => dilations[i]! * (size - 1) - padding[i]!);
  if (kernel.length < 3 || groups > 1 || outer.some((width) => width < 0))
    return convTransposePrimitive(dy, w, { ...geometry, outputPadding: slack(geometry) });
  const turned = kernel.reduce((filters, size, i) => reversed(filters, i + 2, size), w);
  const filters = transpose(turned, [1, 0, ...kernel.map((_, i) => i + 2)]);
  const stretched = strides.reduce((y, stride, i) => withZeros(y, i + 2, stride), dy);
  return convPrimitive(stretched, filters, { strides: kernel.map(() => 1), padding: outer, dilations, groups });
}

/** The entries of an axis from last to first. */
const reversed = (x: Tensor, axis: number, size: number): Tensor =>
  size === 1
    ? x
    : gather(
        x,
        constant({ dtype: "int64", shape: [size], data: Array.from({ length: size }, (_, i) => size - 1 - i) }),
        {
          axis,
        },
      );

/** An axis `stride` times as long: behind each entry stand stride − 1 zeros. */
function withZeros(x: Tensor, axis: number, stride: number): Tensor {
  if (stride === 1) return x;
  const { shape } = x;
  const apart = reshape(x, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  const gaps = zeros([...shape.slice(0, axis + 1), stride - 1, ...shape.slice(axis + 1)], x.dtype);
  const long = [...shape.slice(0, axis), mulDims(shape[axis]!, stride), ...shape.slice(axis + 1)];
  return reshape(concat([apart, gaps], { axis: axis + 1 }), long);
}

/** Positions that a stride may skip at the far end; produced too many rather than too few, then cut off. */
const slack = ({ strides }: Geometry): number[] => strides.map((stride) => stride - 1);

/** y cut to x's positions. */
function toShape(y: Tensor, x: Tensor): Tensor {
  const axes = x.shape.flatMap((dim, axis) => (axis >= 2 && y.shape[axis] !== dim ? [axis] : []));
  if (axes.length === 0) return y;
  return slice(y, { axes, starts: axes.map(() => 0), ends: axes.map((axis) => x.shape[axis]!) });
}

/**
 * dw[o, c, k] = Σ x[b, c, i·stride + k·dilation - padding] · dy[b, o, i]: a convolution of x with dy whose batch is
 * the channels, and in which stride and dilation change places.
 */
function filterGradient(x: Tensor, dy: Tensor, w: Tensor, { strides, padding, dilations, groups }: Geometry): Tensor {
  const [B, C, ...positions] = x.shape as [Dim, number, ...Dim[]];
  const swapped = (t: Tensor) => transpose(t, [1, 0, ...Array.from({ length: t.rank - 2 }, (_, i) => i + 2)]);
  let images = swapped(x); // [C, B, ...]
  if (groups > 1) {
    const blocks = reshape(x, [B, groups, C / groups, ...positions]);
    const order = [2, 1, 0, ...positions.map((_, i) => i + 3)];
    images = flatten(transpose(blocks, order), { from: 1, to: 2 }); // [C / groups, groups · B, ...]
  }
  const turned: Geometry = { strides: dilations, dilations: strides, padding, groups };
  return toShape(swapped(convPrimitive(images, swapped(dy), turned)), w);
}

function withBias(y: Tensor, bias: Tensor | undefined): Tensor {
  return bias ? add(y, reshape(bias, [bias.shape[0]!, ...y.shape.slice(2).map(() => 1)])) : y;
}

const convolution = (name: string, rank: number) =>
  function conv(
    x: Tensor,
    w: Tensor,
    bias?: Tensor,
    { stride, padding, dilation, groups = 1 }: ConvOptions = {},
  ): Tensor {
    if (x.rank !== rank + 2) {
      throw new ShapeError(name, { got: showShape(x.shape), expected: `[B, C, ...] with ${rank} spatial axes` });
    }
    const y = convPrimitive(x, w, {
      strides: perAxis(stride, rank, 1),
      padding: perAxis(padding, rank, 0),
      dilations: perAxis(dilation, rank, 1),
      groups,
    });
    return withBias(y, bias);
  };

/** Convolution (cross-correlation) over one axis: x [B, C, L], w [O, C / groups, K], bias [O] → [B, O, L']. */
export const conv1d = convolution("conv1d", 1);
/** Convolution over two axes: x [B, C, H, W], w [O, C / groups, KH, KW], bias [O] → [B, O, H', W']. */
export const conv2d = convolution("conv2d", 2);
/** Convolution over three axes: x [B, C, F, H, W], w [O, C / groups, KF, KH, KW], bias [O]. */
export const conv3d = convolution("conv3d", 3);

/** Transposed convolution: x [B, C, H, W], w [C, O / groups, KH, KW], bias [O] → [B, O, H', W']. */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  bias?: Tensor,
  {
    stride,
    padding,
    dilation,
    groups = 1,
    outputPadding,
  }: ConvOptions & { outputPadding?: number | readonly number[] } = {},
): Tensor {
  const y = convTransposePrimitive(x, w, {
    strides: perAxis(stride, 2, 1),
    padding: perAxis(padding, 2, 0),
    dilations: perAxis(dilation, 2, 1),
    outputPadding: perAxis(outputPadding, 2, 0),
    groups,
  });
  return withBias(y, bias);
}

export interface PoolOptions {
  kernel: number | readonly number[];
  /** Left out, the kernel: windows side by side. */
  stride?: number | readonly number[];
}

function pooledShape(x: Tensor, kernel: readonly number[], strides: readonly number[]) {
  return x.shape.map((dim, axis) =>
    axis < 2 ? dim : addDims(floorDivDim(addDims(dim, -kernel[axis - 2]!), strides[axis - 2]!), 1),
  );
}

/** The mean of each window: x [B, C, H, W] → [B, C, H', W']. */
export function avgPool2d(x: Tensor, { kernel, stride = kernel }: PoolOptions): Tensor {
  const [height, width] = perAxis(kernel, 2, 1) as [number, number];
  const channels = x.shape[1] as number;
  const window = div(ones([channels, 1, height, width], x.dtype), height * width);
  return conv2d(x, window, undefined, { stride, groups: channels });
}

const maxPool = primitive<[x: Tensor], { kernel: readonly number[]; strides: readonly number[] }>("max_pool", {
  shape: ([x], { kernel, strides }): TensorType[] => [
    { dtype: x!.dtype, shape: pooledShape(x!, kernel, strides) },
    { dtype: "int64", shape: pooledShape(x!, kernel, strides) },
  ],
  emit: (g, inputs, { kernel, strides }) => [...g.ops("MaxPool", 2, inputs, { kernel_shape: kernel, strides })],
  // The operator's second output points into x as a flat array.
  vjp: ([x], dy, _attrs, _y, { outputs }) => {
    const flat = zeros(flatten(x!).shape, x!.dtype);
    return [reshape(scatterElements(flat, flatten(outputs[1]!), flatten(dy), { axis: 0, reduction: "add" }), x!.shape)];
  },
});

/**
 * The largest entry of each window; the first one takes the gradient. x [B, C, H, W] → [B, C, H', W'].
 *
 * @throws {ShapeError} unless x is [B, C, H, W].
 */
export function maxPool2d(x: Tensor, { kernel, stride = kernel }: PoolOptions): Tensor {
  if (x.rank !== 4) throw new ShapeError("maxPool2d", { got: showShape(x.shape), expected: "[B, C, H, W]" });
  return maxPool(x, { kernel: perAxis(kernel, 2, 1), strides: perAxis(stride, 2, 1) });
}
