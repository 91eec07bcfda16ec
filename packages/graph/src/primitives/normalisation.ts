import { ArgumentError, ShapeError } from "@loam/core";
import { float } from "../onnx/model.ts";
import { showShape } from "../tensor/dim.ts";
import { type Operand, primitive, type Tensor } from "../tensor/tensor.ts";
import { after } from "./after.ts";
import { reduceSum, sumTo } from "./broadcast.ts";
import { toAxis } from "./check.ts";
import { add, clip, div, exp, mul, rsqrt, square, sub } from "./elementwise.ts";
import { zeros } from "./layout.ts";
import { reduceL2, reduceMean, variance } from "./reduce.ts";
import { reshape } from "./reshape.ts";

const meanLast = (x: Tensor): Tensor => reduceMean(x, { axes: [-1], keepdims: true });

/** eˣ / Σ eˣ along an axis; rows of large numbers and of -∞ are safe, but not a row of nothing but -∞. */
export const softmax = primitive<[x: Operand], { axis: number }>("softmax", {
  shape: ([x], { axis }) => {
    toAxis("softmax", axis, x!.rank);
    return x!.shape;
  },
  emit: (g, inputs, { axis }) => g.op("Softmax", inputs, { axis }),
  vjp: (_, dy, { axis }, y) => {
    const weighted = mul(dy, y);
    return [sub(weighted, mul(y, reduceSum(weighted, { axes: [axis], keepdims: true })))];
  },
});

/** x - ln Σ eˣ along an axis. */
export const logSoftmax = primitive<[x: Operand], { axis: number }>("log_softmax", {
  shape: ([x], { axis }) => {
    toAxis("logSoftmax", axis, x!.rank);
    return x!.shape;
  },
  emit: (g, inputs, { axis }) => g.op("LogSoftmax", inputs, { axis }),
  vjp: (_, dy, { axis }, y) => [sub(dy, mul(exp(y), reduceSum(dy, { axes: [axis], keepdims: true })))],
});

function checkGain(operation: string, x: Tensor, gain: Tensor): void {
  if (gain.rank === 1 && gain.shape[0] === x.shape.at(-1)) return;
  throw new ShapeError(operation, {
    got: `${showShape(x.shape)} with a scale of ${showShape(gain.shape)}`,
    expected: `a scale of [${x.shape.at(-1)}]`,
    hint: "check `hiddenSize` in the model config",
  });
}

/** RMSNorm: y = γ·x·r, r = (mean(x²) + ε)^-½ (arXiv:1910.07467). x [..., D], γ [D] → [..., D]. */
export const rmsNorm = primitive<[x: Tensor, gamma: Tensor], { eps: number }>("rms_norm", {
  shape: ([x, gamma]) => {
    checkGain("rmsNorm", x!, gamma!);
    return x!.shape;
  },
  lower: ([x, gamma], { eps }) => mul(mul(x!, rsqrt(add(meanLast(square(x!)), eps))), gamma!),
  vjp: ([x, gamma], dy, { eps }) => {
    const r = after(rsqrt(add(meanLast(square(x!)), eps)), dy); // [..., 1]; x·r is made again, not kept
    const xhat = mul(x!, r);
    const gx = mul(dy, gamma!);
    const dx = mul(r, sub(gx, mul(xhat, meanLast(mul(gx, xhat)))));
    return [dx, sumTo(mul(dy, xhat), gamma!.shape)];
  },
});

const layerNormPrimitive = primitive<[x: Tensor, gamma: Tensor, beta: Tensor], { eps: number }>("layer_norm", {
  shape: ([x, gamma]) => {
    checkGain("layerNorm", x!, gamma!);
    return x!.shape;
  },
  emit: (g, inputs, { eps }) => g.op("LayerNormalization", inputs, { axis: -1, epsilon: float(eps) }),
  vjp: ([x, gamma, beta], dy, { eps }) => {
    const centred = sub(x!, meanLast(x!));
    const r = rsqrt(add(meanLast(square(centred)), eps)); // [..., 1]
    const xhat = mul(centred, r);
    const gx = mul(dy, gamma!);
    const dx = mul(r, sub(sub(gx, meanLast(gx)), mul(xhat, meanLast(mul(gx, xhat)))));
    return [dx, sumTo(mul(dy, xhat), gamma!.shape), sumTo(dy, beta!.shape)];
  },
});

/** Layer normalisation over the last axis (arXiv:1607.06450): x [..., D], γ and β [D] → [..., D]. */
export function layerNorm(x: Tensor, gamma?: Tensor, beta?: Tensor, { eps = 1e-5 }: { eps?: number } = {}): Tensor {
  if (gamma) return layerNormPrimitive(x, gamma, beta ?? zeros([x.shape.at(-1)!], x.dtype), { eps });
  const centred = sub(x, meanLast(x));
  return mul(centred, rsqrt(add(variance(x, { axes: [-1], keepdims: true }), eps)));
}

/**
 * Group normalisation (arXiv:1803.08494): each of `groups` runs of channels is normalised over itself and all
 * positions. x [B, C, ...], γ and β [C] → [B, C, ...].
 *
 * @throws {ArgumentError} unless groups divide the channels.
 */
export function groupNorm(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { groups, eps = 1e-5 }: { groups: number; eps?: number },
): Tensor {
  const [batch, channels, ...positions] = x.shape;
  if (typeof channels !== "number" || channels % groups !== 0) {
    throw new ArgumentError("groups", groups, `a divisor of the ${channels} channels`);
  }
  const grouped = reshape(x, [batch!, groups, channels / groups, ...positions]);
  const axes = Array.from({ length: grouped.rank - 2 }, (_, i) => i + 2);
  const centred = sub(grouped, reduceMean(grouped, { axes, keepdims: true }));
  const scale = rsqrt(add(reduceMean(square(centred), { axes, keepdims: true }), eps));
  const perChannel = (v: Tensor) => reshape(v, [channels, ...positions.map(() => 1)]);
  return add(mul(reshape(mul(centred, scale), x.shape), perChannel(gamma)), perChannel(beta));
}

/** x / max(‖x‖₂, ε) along an axis. The shape stays. */
export function normalize(x: Tensor, { axis = -1, eps = 1e-12 }: { axis?: number; eps?: number } = {}): Tensor {
  return div(x, clip(reduceL2(x, { axes: [axis], keepdims: true }), { min: eps }));
}

/** a·b / (max(‖a‖, ε)·max(‖b‖, ε)) along an axis, in [-1, 1]. */
export function cosineSimilarity(
  a: Tensor,
  b: Tensor,
  { axis = -1, eps = 1e-8 }: { axis?: number; eps?: number } = {},
): Tensor {
  return reduceSum(mul(normalize(a, { axis, eps }), normalize(b, { axis, eps })), { axes: [axis] });
}
