import {
  add,
  cast,
  clip,
  constant,
  div,
  exp,
  gather,
  greater,
  mul,
  reshape,
  split,
  sqrt,
  square,
  sub,
  type Tensor,
} from "@loam/graph";
import { respacedBetas, spaceTimesteps } from "./respacing.ts";
import { type BetaSchedule, type GaussianSchedule, gaussianSchedule, namedBetas } from "./schedule.ts";

/** What the network predicts: the noise, or the clean sample. */
export type MeanType = "eps" | "x";
/** Where the variance of a reverse step comes from; "learned-range" reads it off the output's second half (arXiv:2102.09672 §3.1). */
export type VarianceType = "learned-range" | "fixed-large" | "fixed-small";

export interface GaussianProcess {
  schedule: GaussianSchedule;
  mean: MeanType;
  variance: VarianceType;
  /** The step of the original process that the network is told at each step. */
  timesteps: readonly number[];
}

/** A process of named noise, all of its steps or only some. */
export function gaussianProcess({
  betas: name = "linear",
  steps = 1000,
  spacing,
  mean = "eps",
  variance = "learned-range",
}: {
  betas?: BetaSchedule;
  steps?: number;
  spacing?: string | readonly number[];
  mean?: MeanType;
  variance?: VarianceType;
} = {}): GaussianProcess {
  const betas = namedBetas(name, steps);
  const timesteps = spacing === undefined ? betas.map((_, t) => t) : spaceTimesteps(steps, spacing);
  const schedule = gaussianSchedule(
    spacing === undefined ? betas : respacedBetas(gaussianSchedule(betas).alphas_cumprod, timesteps),
  );
  return { schedule, mean, variance, timesteps };
}

/** Entries of an array at t, with axes for the rest of x: t int64 [B] → [B, 1, …]. Rounded to float32, as the reference does. */
function at(array: readonly number[], t: Tensor, x: Tensor): Tensor {
  const table = constant({ dtype: "float32", shape: [array.length], data: array });
  return reshape(gather(table, t), [t.shape[0]!, ...x.shape.slice(1).map(() => 1)]);
}

/** q(x_t | x_0): x_t = √ᾱ_t·x_0 + √(1 - ᾱ_t)·ε (arXiv:2006.11239 eq. 4). */
export const noised = ({ schedule }: GaussianProcess, x0: Tensor, eps: Tensor, t: Tensor): Tensor =>
  add(mul(at(schedule.sqrt_alphas_cumprod, t, x0), x0), mul(at(schedule.sqrt_one_minus_alphas_cumprod, t, x0), eps));

/** A normal distribution, entry by entry; variances broadcast. */
export interface Normal {
  mean: Tensor;
  variance: Tensor;
  logVariance: Tensor;
}

/** q(x_t | x_0) as a distribution. */
export const forwardNormal = ({ schedule }: GaussianProcess, x0: Tensor, t: Tensor): Normal => ({
  mean: mul(at(schedule.sqrt_alphas_cumprod, t, x0), x0),
  variance: sub(1, at(schedule.alphas_cumprod, t, x0)),
  logVariance: at(schedule.log_one_minus_alphas_cumprod, t, x0),
});

/** q(x_{t-1} | x_t, x_0) (arXiv:2006.11239 eq. 6). */
export const posterior = ({ schedule }: GaussianProcess, x0: Tensor, xt: Tensor, t: Tensor): Normal => ({
  mean: add(mul(at(schedule.posterior_mean_coef1, t, xt), x0), mul(at(schedule.posterior_mean_coef2, t, xt), xt)),
  variance: at(schedule.posterior_variance, t, xt),
  logVariance: at(schedule.posterior_log_variance_clipped, t, xt),
});

/** ε from x_t and x_0. */
const epsFrom = ({ schedule }: GaussianProcess, xt: Tensor, x0: Tensor, t: Tensor): Tensor =>
  div(sub(mul(at(schedule.sqrt_recip_alphas_cumprod, t, xt), xt), x0), at(schedule.sqrt_recipm1_alphas_cumprod, t, xt));

/** Halves of an output along its channels, where the variance is learned. [B, 2C, ...] → twice [B, C, ...]. */
export function splitOutput(
  { variance }: Pick<GaussianProcess, "variance">,
  output: Tensor,
): { mean: Tensor; range?: Tensor } {
  if (variance !== "learned-range") return { mean: output };
  const half = (output.shape[1] as number) / 2;
  const [mean, range] = split(output, { axis: 1, sizes: [half, half] });
  return { mean: mean!, range: range! };
}

/**
 * p(x_{t-1} | x_t): the posterior with the network's guess of x_0. x_t [B, C, ...], t [B].
 *
 * @param output the network at x_t; with "learned-range" twice x's channels
 * @param clipped holds the guess in −1..1
 */
export function reverse(
  process: GaussianProcess,
  output: Tensor,
  xt: Tensor,
  t: Tensor,
  { clipped = true }: { clipped?: boolean } = {},
): Normal & { x0: Tensor } {
  const { schedule, mean: kind, variance: from } = process;
  const { mean: predicted, range } = splitOutput(process, output);
  let variance: Pick<Normal, "variance" | "logVariance">;
  if (range) {
    // The output chooses between the smallest and the largest sensible log-variance; it is not limited to them.
    const share = mul(add(range, 1), 0.5);
    const [low, high] = [at(schedule.posterior_log_variance_clipped, t, xt), at(schedule.betas.map(Math.log), t, xt)];
    const logVariance = add(mul(share, high), mul(sub(1, share), low));
    variance = { logVariance, variance: exp(logVariance) };
  } else if (from === "fixed-large") {
    const large = [schedule.posterior_variance[1]!, ...schedule.betas.slice(1)];
    variance = { variance: at(large, t, xt), logVariance: at(large.map(Math.log), t, xt) };
  } else {
    variance = {
      variance: at(schedule.posterior_variance, t, xt),
      logVariance: at(schedule.posterior_log_variance_clipped, t, xt),
    };
  }
  const guess =
    kind === "x"
      ? predicted
      : sub(
          mul(at(schedule.sqrt_recip_alphas_cumprod, t, xt), xt),
          mul(at(schedule.sqrt_recipm1_alphas_cumprod, t, xt), predicted),
        );
  const x0 = clipped ? clip(guess, { min: -1, max: 1 }) : guess;
  return { mean: posterior(process, x0, xt, t).mean, x0, ...variance };
}

/** 0 at the last step, t = 0, which adds no noise; else 1. */
const unlessLast = (t: Tensor, x: Tensor): Tensor =>
  reshape(cast(greater(t, 0), x.dtype), [t.shape[0]!, ...x.shape.slice(1).map(() => 1)]);

interface StepInputs {
  output: Tensor;
  xt: Tensor;
  /** int64 [B]: steps of this process, not of the original one. */
  t: Tensor;
  noise: Tensor;
}

/** One ancestral step (arXiv:2006.11239 algorithm 2). */
export function ddpmStep(
  process: GaussianProcess,
  { output, xt, t, noise }: StepInputs,
  options?: { clipped?: boolean },
) {
  const { mean, logVariance, x0 } = reverse(process, output, xt, t, options);
  const spread = mul(mul(unlessLast(t, xt), exp(mul(0.5, logVariance))), noise);
  return { sample: add(mean, spread), x0 };
}

/** One implicit step (arXiv:2010.02502 eq. 12); η = 0 adds no noise, 1 as much as DDPM. */
export function ddimStep(
  process: GaussianProcess,
  { output, xt, t, noise }: StepInputs,
  { eta = 0, ...options }: { eta?: number; clipped?: boolean } = {},
) {
  const { x0 } = reverse(process, output, xt, t, options);
  // From the clipped guess, so that clipping turns the direction too.
  const eps = epsFrom(process, xt, x0, t);
  const { alphas_cumprod, alphas_cumprod_prev } = process.schedule;
  const [bar, before] = [at(alphas_cumprod, t, xt), at(alphas_cumprod_prev, t, xt)];
  const sigma = mul(mul(eta, sqrt(div(sub(1, before), sub(1, bar)))), sqrt(sub(1, div(bar, before))));
  const mean = add(mul(x0, sqrt(before)), mul(sqrt(sub(sub(1, before), square(sigma))), eps));
  return { sample: add(mean, mul(mul(unlessLast(t, xt), sigma), noise)), x0 };
}

/** One implicit step towards noise, the inverse of {@link ddimStep} at η = 0. */
export function ddimReverseStep(
  process: GaussianProcess,
  { output, xt, t }: Omit<StepInputs, "noise">,
  options?: { clipped?: boolean },
) {
  const { x0 } = reverse(process, output, xt, t, options);
  const next = at(process.schedule.alphas_cumprod_next, t, xt);
  return { sample: add(mul(x0, sqrt(next)), mul(sqrt(sub(1, next)), epsFrom(process, xt, x0, t))), x0 };
}
