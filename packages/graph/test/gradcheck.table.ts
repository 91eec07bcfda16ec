import * as g from "../src/index.ts";

/** A function of differentiable inputs that exercises one primitive, on numbers where it is smooth. */
export interface GradcheckRow {
  shapes: readonly (readonly number[])[];
  fn: (...x: g.Tensor[]) => g.Tensor;
  /** Where inputs are drawn from; left out, anywhere around 0. */
  domain?: "positive";
}

const matrix = [3, 4] as const;
const image = [2, 4, 5, 6] as const;
const unary = (fn: (x: g.Tensor) => g.Tensor, domain?: "positive"): GradcheckRow => ({ shapes: [matrix], fn, domain });
const binary = (fn: (a: g.Tensor, b: g.Tensor) => g.Tensor, domain?: "positive"): GradcheckRow => ({
  shapes: [matrix, [4]],
  fn: fn as GradcheckRow["fn"],
  domain,
});
const ids = (...data: number[]) => g.constant({ dtype: "int64", shape: [data.length], data });
const random = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(9 * i) / 4);

/** One row for each primitive that has a gradient, by its name in the table of primitives. */
export const gradcheckTable: Record<string, GradcheckRow> = {
  add: binary(g.add),
  sub: binary(g.sub),
  mul: binary(g.mul),
  div: binary(g.div, "positive"),
  maximum: binary(g.maximum),
  minimum: binary(g.minimum),
  pow: binary(g.pow, "positive"),
  neg: unary(g.neg),
  exp: unary(g.exp),
  log: unary(g.log, "positive"),
  sqrt: unary(g.sqrt, "positive"),
  rsqrt: unary(g.rsqrt, "positive"),
  reciprocal: unary(g.reciprocal, "positive"),
  sin: unary(g.sin),
  cos: unary(g.cos),
  tanh: unary(g.tanh),
  sigmoid: unary(g.sigmoid),
  erf: unary(g.erf),
  abs: unary(g.abs, "positive"),
  relu: unary(g.relu, "positive"),
  sign: unary(g.sign, "positive"),
  round: unary((x) => g.round(g.mul(x, 0)), "positive"),
  floor: unary((x) => g.floor(g.mul(x, 0)), "positive"),
  square: unary(g.square),
  softplus: unary(g.softplus),
  silu: unary(g.silu),
  gelu: unary((x) => g.add(g.gelu(x, {}), g.gelu(x, { approximate: "tanh" }))),
  clip: unary((x) => g.clip(x, { min: 0.1, max: 50 }), "positive"),
  where: binary((a, b) => g.where(g.constant({ dtype: "bool", shape: [4], data: new Uint8Array([1, 0, 1, 0]) }), a, b)),
  cast: unary((x) => g.cast(g.cast(x, "float64"), "float32")),
  reshape: unary((x) => g.reshape(x, [2, -1])),
  transpose: unary((x) => g.transpose(x)),
  expand: { shapes: [[3, 1]], fn: (x) => g.expand(x!, [2, 3, 4]) },
  concat: { shapes: [matrix, matrix], fn: (a, b) => g.concat([a!, b!], { axis: 1 }) },
  split: unary((x) => g.mul(...(g.split(x, { axis: 1, sizes: [2, 2] }) as [g.Tensor, g.Tensor]))),
  slice: {
    shapes: [[5, 7]],
    fn: (x) => g.slice(x!, { axes: [0, 1], starts: [1, 1], ends: [-1, null], steps: [1, 3] }),
  },
  pad: unary((x) =>
    g.pad(x, {
      pads: [
        [1, 0],
        [-1, 2],
      ],
    }),
  ),
  tril: unary((x) => g.tril(x, { diagonal: 1 })),
  gather: unary((x) => g.gather(x, ids(0, 2, 2), { axis: 1 })),
  gather_elements: unary((x) => g.gatherElements(x, g.reshape(ids(0, 1, 1, 3, 2, 0), [3, 2]), { axis: 1 })),
  scatter_elements: {
    shapes: [matrix, [3, 2]],
    fn: (x, u) => {
      const at = g.reshape(ids(0, 1, 1, 3, 2, 0), [3, 2]);
      const replaced = g.scatterElements(x!, at, u!, { axis: 1 });
      return g.scatterElements(replaced, at, u!, { axis: 1, reduction: "add" });
    },
  },
  topk: unary((x) => g.topk(x, { k: 2 }).values),
  reduce_sum: unary((x) => g.reduceSum(x, { axes: [0] })),
  reduce_mean: unary((x) => g.reduceMean(x, { axes: [1] })),
  reduce_max: unary((x) => g.reduceMax(x, { axes: [1] })),
  reduce_min: unary((x) => g.reduceMin(x, { axes: [1] })),
  reduce_prod: unary((x) => g.reduceProd(x, { axes: [1] }), "positive"),
  reduce_l2: unary((x) => g.reduceL2(x)),
  log_sum_exp: unary((x) => g.logSumExp(x)),
  cumsum: unary((x) => g.cumsum(x, { axis: 1, exclusive: true })),
  softmax: unary((x) => g.softmax(x, { axis: 0 })),
  log_softmax: unary((x) => g.logSoftmax(x, { axis: -1 })),
  rms_norm: binary((x, gain) => g.rmsNorm(x, gain, { eps: 1e-5 })),
  layer_norm: { shapes: [matrix, [4], [4]], fn: (x, gain, bias) => g.layerNorm(x!, gain, bias) },
  matmul: {
    shapes: [
      [2, 3, 4],
      [5, 4],
      [2, 3, 5],
    ],
    fn: (a, b, c) => g.matmul(g.matmul(a!, b!, { transposeB: true }), c!, { transposeA: true }),
  },
  conv: {
    // Over three axes the gradient goes another way.
    shapes: [image, [6, 2, 2, 3], [1, 2, 4, 5, 6], [3, 2, 3, 3, 2]],
    fn: (x, w, clip, kernel) =>
      g.concat(
        [
          g.flatten(g.conv2d(x!, w!, undefined, { stride: [2, 1], padding: 1, dilation: [1, 2], groups: 2 })),
          g.flatten(
            g.conv3d(clip!, kernel!, undefined, { stride: [1, 2, 2], padding: [0, 1, 1], dilation: [1, 1, 2] }),
          ),
        ],
        { axis: 0 },
      ),
  },
  conv_transpose: {
    shapes: [image, [4, 3, 3, 2]],
    fn: (x, w) => g.convTranspose2d(x!, w!, undefined, { stride: 2, padding: 1, outputPadding: 1 }),
  },
  max_pool: { shapes: [[1, 2, 4, 4]], fn: (x) => g.maxPool2d(x!, { kernel: 2 }) },
  rope: {
    shapes: [[2, 3, 5, 8]],
    fn: (x) => g.rope(x!, g.ropeTables(g.range({ length: 5 }), g.ropeFrequencies({ headDim: 6 }))),
  },
  attention: {
    shapes: [
      [2, 4, 3, 8],
      [2, 2, 5, 8],
      [2, 2, 5, 6],
      [3, 5],
    ],
    fn: (q, k, v, bias) => g.attention(q!, k!, v!, { causal: true, window: 4, bias }),
  },
  token_loss: {
    shapes: [
      [5, 8],
      [11, 8],
    ],
    fn: (hidden, table) => g.vocabularyLoss(hidden!, table!, ids(1, -100, 3, 10, 0), { chunks: 2 }).sum,
  },
  after: binary((a, b) => g.after(a, b)),
  stage: binary((a, b) => g.mul(g.stage(g.mul(a, b)), b)),
  checkpoint: binary((a, b) => g.checkpoint((x: g.Tensor) => g.tanh(g.mul(g.sin(x), b)))(g.square(a))),
  custom_vjp: unary(
    g.customVjp(
      (x) => g.mul(x, x),
      ([x], _, dy) => [g.mul(dy, g.mul(2, x))],
    ),
  ),
  linear_low_bit: {
    shapes: [[3, 64]],
    fn: (x) => g.linearLowBit(x!, g.fourBitWeight("w", g.quantize4bit(random(32 * 64), [32, 64]))),
  },
};
