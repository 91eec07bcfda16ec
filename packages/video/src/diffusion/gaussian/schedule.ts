import { ArgumentError } from "@loam/core";

/** How much noise each step adds. */
export type BetaSchedule = "linear" | "squaredcos_cap_v2";

/**
 * β₀ … β_{T-1}. "linear" is Ho et al.'s from 1e-4 to 0.02 at 1000 steps; the other one is the cosine (arXiv:2102.09672 §3.2).
 *
 * @throws {ArgumentError} for fewer steps than the schedule can have.
 */
export function namedBetas(name: BetaSchedule, steps: number): number[] {
  if (!Number.isInteger(steps) || steps < 1) throw new ArgumentError("steps", steps, "a positive whole number");
  if (name === "linear") {
    const scale = 1000 / steps;
    const [from, to] = [scale * 1e-4, scale * 0.02];
    if (to > 1) throw new ArgumentError("steps", steps, "at least 20 for the linear schedule, or its last β exceeds 1");
    return Array.from({ length: steps }, (_, i) => (steps === 1 ? from : from + (i * (to - from)) / (steps - 1)));
  }
  const alphaBar = (t: number) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Array.from({ length: steps }, (_, i) => Math.min(1 - alphaBar((i + 1) / steps) / alphaBar(i / steps), 0.999));
}

/** Everything that follows from the β's, in float64. One entry a step. */
export interface GaussianSchedule {
  betas: number[];
  alphas_cumprod: number[];
  alphas_cumprod_prev: number[];
  alphas_cumprod_next: number[];
  sqrt_alphas_cumprod: number[];
  sqrt_one_minus_alphas_cumprod: number[];
  log_one_minus_alphas_cumprod: number[];
  sqrt_recip_alphas_cumprod: number[];
  sqrt_recipm1_alphas_cumprod: number[];
  posterior_variance: number[];
  /** Its first entry repeats the second, because the variance at t = 0 is 0. */
  posterior_log_variance_clipped: number[];
  posterior_mean_coef1: number[];
  posterior_mean_coef2: number[];
}

/** arXiv:2006.11239 §2, eq. 4 to 7. @throws {ArgumentError} for a β outside (0, 1]. */
export function gaussianSchedule(betas: readonly number[]): GaussianSchedule {
  const wrong = betas.find((beta) => !(beta > 0 && beta <= 1));
  if (wrong !== undefined) throw new ArgumentError("betas", wrong, "numbers in (0, 1]");
  let product = 1;
  const bar = betas.map((beta) => (product *= 1 - beta));
  const before = [1, ...bar.slice(0, -1)];
  const variance = betas.map((beta, t) => (beta * (1 - before[t]!)) / (1 - bar[t]!));
  return {
    betas: [...betas],
    alphas_cumprod: bar,
    alphas_cumprod_prev: before,
    alphas_cumprod_next: [...bar.slice(1), 0],
    sqrt_alphas_cumprod: bar.map(Math.sqrt),
    sqrt_one_minus_alphas_cumprod: bar.map((a) => Math.sqrt(1 - a)),
    log_one_minus_alphas_cumprod: bar.map((a) => Math.log(1 - a)),
    sqrt_recip_alphas_cumprod: bar.map((a) => Math.sqrt(1 / a)),
    sqrt_recipm1_alphas_cumprod: bar.map((a) => Math.sqrt(1 / a - 1)),
    posterior_variance: variance,
    posterior_log_variance_clipped: variance.map((_, t) =>
      Math.log(variance[variance.length > 1 ? Math.max(t, 1) : t]!),
    ),
    posterior_mean_coef1: betas.map((beta, t) => (beta * Math.sqrt(before[t]!)) / (1 - bar[t]!)),
    posterior_mean_coef2: betas.map((beta, t) => ((1 - before[t]!) * Math.sqrt(1 - beta)) / (1 - bar[t]!)),
  };
}
