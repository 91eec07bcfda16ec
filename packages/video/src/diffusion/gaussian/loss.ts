import {
  add,
  cast,
  clip,
  concat,
  customVjp,
  equal,
  exp,
  flatten,
  greater,
  less,
  log,
  mul,
  neg,
  pow,
  reduceMean,
  scalar,
  square,
  stopGradient,
  sub,
  type Tensor,
  tanh,
  where,
} from "@loam/graph";
import {
  forwardNormal,
  type GaussianProcess,
  type Normal,
  noised,
  posterior,
  reverse,
  splitOutput,
} from "./process.ts";

/** What is minimised: the error of the prediction, or the variational bound. "rescaled" ones are as large as without respacing. */
export type GaussianLossType = "mse" | "rescaled-mse" | "kl" | "rescaled-kl";

/** The mean over everything but rows: [B, …] → [B]. */
const rowMean = (x: Tensor): Tensor => reduceMean(flatten(x, { from: 1 }), { axes: [1] });

/** KL(N₁ ‖ N₂) of normals given by mean and log-variance, in nats, entry by entry. All of one shape. */
export function normalKl(a: Pick<Normal, "mean" | "logVariance">, b: Pick<Normal, "mean" | "logVariance">): Tensor {
  const difference = sub(b.logVariance, a.logVariance);
  const distance = mul(square(sub(a.mean, b.mean)), exp(neg(b.logVariance)));
  return mul(0.5, add(add(add(-1, difference), exp(neg(difference))), distance));
}

/**
 * tanh to the last bit of float32. ONNX Runtime's own is off by 1e-7, which is all there is of 1 - tanh in the tails that the
 * likelihood takes logarithms of.
 */
const exactTanh = customVjp(
  (x: Tensor) => cast(tanh(cast(x, "float64")), "float32"),
  (_, y, dy) => [mul(dy, sub(1, square(y)))],
);

/** The distribution function of the standard normal as a tanh (Page 1977). */
export const normalCdf = (x: Tensor): Tensor =>
  mul(0.5, add(1, exactTanh(mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, pow(x, 3)))))));

/**
 * ln of the probability that a normal gives to the 1/255-wide bin around each of x's 256 levels in −1..1
 * (arXiv:2006.11239 eq. 13). All of x's shape.
 */
export function discretizedLogLikelihood(x: Tensor, mean: Tensor, logScale: Tensor): Tensor {
  const centred = sub(x, mean);
  const inverse = exp(neg(logScale));
  const upper = normalCdf(mul(inverse, add(centred, 1 / 255)));
  const lower = normalCdf(mul(inverse, sub(centred, 1 / 255)));
  const safeLog = (p: Tensor) => log(clip(p, { min: 1e-12 }));
  const inside = safeLog(sub(upper, lower));
  return where(less(x, -0.999), safeLog(upper), where(greater(x, 0.999), safeLog(sub(1, lower)), inside));
}

/** A term of the bound in bits per entry, [B]: the KL of a step, or at t = 0 the likelihood of the data. */
function boundTerm(process: GaussianProcess, output: Tensor, x0: Tensor, xt: Tensor, t: Tensor): Tensor {
  const truth = posterior(process, x0, xt, t);
  const model = reverse(process, output, xt, t, { clipped: false });
  const kl = rowMean(normalKl(truth, model));
  const likelihood = rowMean(neg(discretizedLogLikelihood(x0, model.mean, mul(0.5, model.logVariance))));
  return mul(1 / Math.LN2, where(equal(t, 0), likelihood, kl));
}

/**
 * The losses of a batch, [B] each. With a learned variance, "mse" adds the bound's term (in bits) whose gradient reaches only the
 * half of the output that sets the variance (arXiv:2102.09672 §3.1).
 *
 * @param predict the network at x_t
 */
export function gaussianLoss(
  process: GaussianProcess,
  type: GaussianLossType,
  { x0, eps, t, predict }: { x0: Tensor; eps: Tensor; t: Tensor; predict: (xt: Tensor) => Tensor },
): { loss: Tensor; mse?: Tensor; vb?: Tensor } {
  const steps = process.schedule.betas.length;
  const xt = noised(process, x0, eps, t);
  const output = predict(xt);
  if (type === "kl" || type === "rescaled-kl") {
    const bound = boundTerm(process, output, x0, xt, t);
    return { loss: type === "kl" ? bound : mul(bound, steps) };
  }
  const { mean, range } = splitOutput(process, output);
  const mse = rowMean(square(sub(process.mean === "eps" ? eps : x0, mean)));
  if (!range) return { loss: mse, mse };
  const bound = boundTerm(process, concat([stopGradient(mean), range], { axis: 1 }), x0, xt, t);
  const vb = type === "rescaled-mse" ? mul(bound, steps / 1000) : bound;
  return { loss: add(mse, vb), mse, vb };
}

/** Bits per entry that the end of the forward process still tells about x_0, [B]. t is the last step. */
export function priorBits(process: GaussianProcess, x0: Tensor, last: Tensor): Tensor {
  const end = forwardNormal(process, x0, last);
  return mul(1 / Math.LN2, rowMean(normalKl(end, { mean: scalar(0), logVariance: scalar(0) })));
}
