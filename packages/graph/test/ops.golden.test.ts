import { describe, expect, test } from "vitest";
import * as g from "../src/index.ts";
import { readGolden, readTensors, relativeDifference } from "./golden.ts";

interface Case {
  op: string;
  case: string;
  // biome-ignore lint/suspicious/noExplicitAny: attributes are in the reference's words, different for each operation
  attrs: any;
  inputs: string[];
  outputs: string[];
  vjp: string[];
  boolean_inputs?: string[];
}

type Inputs = Record<string, g.Tensor>;

const unary =
  (fn: (x: g.Tensor) => g.Tensor) =>
  ({ x, input }: Inputs) =>
    fn((x ?? input)!);
const binary =
  (fn: (a: g.Tensor, b: g.Tensor) => g.Tensor) =>
  ({ a, b, input, other }: Inputs) =>
    fn((a ?? input)!, (b ?? other)!);
const reduction =
  (fn: (x: g.Tensor, options: { axes?: number[]; keepdims?: boolean }) => g.Tensor) =>
  ({ x }: Inputs, { axes, keepdims }: Case["attrs"]) =>
    fn(x!, { axes: axes ?? undefined, keepdims });
const convolution =
  (fn: typeof g.conv2d) =>
  ({ x, w, b }: Inputs, attrs: Case["attrs"]) =>
    fn(x!, w!, b, attrs);

/** The reference's operations in ours; `x!` where a case always has that input. */
const operations: Record<string, (inputs: Inputs, attrs: Case["attrs"], name: string) => g.Tensor | Inputs> = {
  add: binary(g.add),
  sub: binary(g.sub),
  mul: binary(g.mul),
  div: binary(g.div),
  maximum: binary(g.maximum),
  minimum: binary(g.minimum),
  neg: unary(g.neg),
  exp: unary(g.exp),
  tanh: unary(g.tanh),
  sigmoid: unary(g.sigmoid),
  silu: unary(g.silu),
  relu: unary(g.relu),
  erf: unary(g.erf),
  sin: unary(g.sin),
  cos: unary(g.cos),
  abs: unary(g.abs),
  softplus: unary(g.softplus),
  square: unary(g.square),
  sqrt: unary(g.sqrt),
  rsqrt: unary(g.rsqrt),
  log: unary(g.log),
  reciprocal: unary(g.reciprocal),
  round: unary(g.round),
  floor: unary(g.floor),
  gelu: ({ x }, attrs) => g.gelu(x!, attrs),
  pow: ({ x, e }, { exponent }) => g.pow(x!, e ?? exponent),
  clip: ({ x }, attrs) => g.clip(x!, attrs),
  where: ({ mask, a, b }, { otherwise }) => g.where(mask!, a!, b ?? otherwise),
  matmul: binary(g.matmul),
  linear: ({ input, weight, bias }) => g.linear(input!, weight!, bias),
  conv1d: convolution(g.conv1d),
  conv2d: convolution(g.conv2d),
  conv3d: convolution(g.conv3d),
  convTranspose2d: ({ x, w, b }, { stride, padding, output_padding }) =>
    g.convTranspose2d(x!, w!, b, { stride, padding, outputPadding: output_padding }),
  softmax: ({ x }, attrs) => g.softmax(x!, attrs),
  logSoftmax: ({ x }, attrs) => g.logSoftmax(x!, attrs),
  logSumExp: ({ x }, attrs) => g.logSumExp(x!, attrs),
  layerNorm: ({ x, w, b }, attrs) => g.layerNorm(x!, w, b, attrs),
  rmsNorm: ({ x, w }, attrs, name) => g.rmsNorm(x!, name === "one_plus_weight" ? g.add(1, w!) : w!, attrs),
  groupNorm: ({ x, w, b }, attrs) => g.groupNorm(x!, w!, b!, attrs),
  embedding: ({ table, ids }) => g.embedding(table!, ids!),
  gatherElements: ({ x, index }, attrs) => g.gatherElements(x!, index!, attrs),
  gather: ({ x, index }, attrs) => g.gather(x!, index!, attrs),
  scatterElements: ({ x, u, index }, attrs) => g.scatterElements(x!, index!, u!, attrs),
  slice: ({ x }, attrs) => g.slice(x!, attrs),
  concat: ({ a, b, e }, attrs) => g.concat([a!, b!, e!], attrs),
  split: ({ x }, attrs) => {
    const [a, b, e] = g.split(x!, attrs) as [g.Tensor, g.Tensor, g.Tensor];
    return { a, b, e };
  },
  transpose: ({ x }, { perm }) => g.transpose(x!, perm),
  reshape: ({ x }, { shape }) => g.reshape(x!, shape),
  expand: ({ x }, { shape }) => g.expand(x!, shape),
  pad: ({ x }, { pads_first_axis, pads_last_axis, value }) =>
    g.pad(x!, { pads: [pads_first_axis, pads_last_axis], value }),
  tril: ({ x }, attrs) => g.tril(x!, attrs),
  oneHot: ({ ids }, { depth }) => g.oneHot(ids!, { depth }),
  topk: ({ x }, attrs) => g.topk(x!, attrs),
  argmax: ({ x }, attrs) => g.argmax(x!, attrs),
  cumsum: ({ x }, attrs) => g.cumsum(x!, attrs),
  reduceSum: reduction(g.reduceSum),
  reduceMean: reduction(g.reduceMean),
  reduceMax: reduction(g.reduceMax),
  reduceMin: reduction(g.reduceMin),
  reduceProd: reduction(g.reduceProd),
  reduceL2: reduction(g.reduceL2),
  variance: ({ x }, attrs) => g.variance(x!, attrs),
  rope: ({ x, positions }, { theta }, name) => {
    const frequencies = g.ropeFrequencies({ headDim: x!.shape.at(-1) as number, theta });
    const pairing = name === "adjacent_pairs" ? "adjacent" : "halves";
    return g.rope(x!, g.ropeTables(positions!, frequencies), { pairing });
  },
  attention: ({ q, k, v, mask, bias }, attrs) => g.attention(q!, k!, v!, { ...attrs, mask, bias }),
  crossEntropy: ({ logits, target }, { reduction, ignore_index, label_smoothing }) =>
    g.crossEntropy(logits!, target!, { reduction, ignoreIndex: ignore_index, labelSmoothing: label_smoothing }),
  mseLoss: ({ input, target }) => g.mseLoss(input!, target!),
  bceWithLogits: ({ input, target }) => g.bceWithLogits(input!, target!),
  klDivergence: ({ p, q }) => g.klDivergence(p!, q!),
  avgPool2d: ({ x }, attrs) => g.avgPool2d(x!, attrs),
  maxPool2d: ({ x }, attrs) => g.maxPool2d(x!, attrs),
  upsample: ({ x }, attrs) => g.upsample(x!, attrs),
  normalize: ({ x }, attrs) => g.normalize(x!, attrs),
  cosineSimilarity: ({ a, b }, attrs) => g.cosineSimilarity(a!, b!, attrs),
};

/** Rounding of float32 sums in another order; nothing here needs more. */
const tolerance = 1e-5;

/** Where x lies on a bound, PyTorch up to 2.13 passes the cotangent, as here, and 2.15 passes 0: both are slopes of a corner. */
function passedAtBounds(
  recorded: g.Value,
  x: g.Value,
  cotangent: g.Value,
  { min, max }: { min?: number; max?: number },
): g.Value {
  const [given, passed] = [g.numbers(x), g.numbers(cotangent)];
  const data = g.numbers(recorded).map((slope, i) => {
    const atBound = given[i] === min || given[i] === max;
    return atBound && slope === 0 ? passed[i]! : slope;
  });
  return g.value(Float32Array.from(data), recorded.dims);
}

const { cases } = readGolden<{ cases: Case[] }>("ops", "ops.json");
const tensors = readTensors("ops", "ops.safetensors");

describe("operations equal PyTorch's, forward and backward", () => {
  test.each(cases)("$op $case", async ({ op, case: name, attrs, inputs, outputs, vjp, boolean_inputs = [] }) => {
    const read = (kind: string, tensor: string) => tensors.get(`${op}/${name}/${kind}/${tensor}`)!;
    const given = Object.fromEntries(inputs.map((x) => [x, read("in", x)]));
    const cotangents = outputs.filter((y) => tensors.has(`${op}/${name}/cotangent/${y}`));
    const feeds = { in: given, cotangent: Object.fromEntries(cotangents.map((y) => [y, read("cotangent", y)])) };
    const specOf = (values: Record<string, g.Value>) =>
      Object.fromEntries(
        Object.entries(values).map(([x, { type, dims }]) => [x, { dtype: type as g.DType, shape: dims }]),
      );

    const program = await g.compile(
      (tensor) => {
        const live = { ...tensor.in };
        for (const x of boolean_inputs) live[x] = g.cast(live[x]!, "bool");
        const result = operations[op]!(live, attrs, name);
        const out = result instanceof g.Tensor ? { y: result } : result;
        const grads = g.vjp(
          cotangents.map((y) => out[y]!),
          cotangents.map((y) => tensor.cotangent[y]!),
          vjp.map((x) => live[x]!),
        );
        return { out, vjp: Object.fromEntries(vjp.map((x, i) => [x, grads[i] ?? g.zerosLike(live[x]!)])) };
      },
      { inputs: { in: specOf(given), cotangent: specOf(feeds.cotangent) }, name: `${op} ${name}` },
    );
    const results = await program(feeds);
    await program.close();
    for (const y of outputs) {
      expect(results.out[y]!.dims, y).toEqual(read("out", y).dims);
      expect(relativeDifference(results.out[y]!, read("out", y)), y).toBeLessThan(tolerance);
    }
    for (const x of vjp) {
      const recorded = read("vjp", x);
      const expected = op === "clip" ? passedAtBounds(recorded, given[x]!, feeds.cotangent.y!, attrs) : recorded;
      expect(relativeDifference(results.vjp[x]!, expected), `vjp ${x}`).toBeLessThan(tolerance);
    }
  });
});
