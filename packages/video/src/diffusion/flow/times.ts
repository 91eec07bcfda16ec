import type { Rng } from "@loam/core";
import { normalQuantile } from "./normal-quantile.ts";

// Time runs as in SD3 (arXiv:2403.03206): t = 0 is data, t = 1 is noise.

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The same noise level as t after a change of resolution, s·t / (1 + (s - 1)·t) (arXiv:2403.03206 eq. 23); s > 1 stays longer near noise. */
export const shiftTime = (t: number, shift: number): number => (shift * t) / (1 + (shift - 1) * t);

/** The same map with s = e^mu, as Flux has it; sigma bends it further. */
export const shiftTimeExponential = (t: number, mu: number, sigma = 1): number =>
  Math.exp(mu) / (Math.exp(mu) + (1 / t - 1) ** sigma);

/** sigmoid(mean + std·n) of a standard normal n (arXiv:2403.03206 §3.1). */
export const logitNormal = (normal: number, mean: number, std: number): number => sigmoid(mean + std * normal);

/** How often a logit-normal time falls near t. */
export const logitNormalDensity = (t: number, mean: number, std: number): number =>
  Math.exp(-((Math.log(t / (1 - t)) - mean) ** 2) / (2 * std ** 2)) / (std * Math.sqrt(2 * Math.PI) * t * (1 - t));

/** Uniform u to times with a mode in the middle (arXiv:2403.03206 eq. 20). */
export const modeTime = (u: number, scale: number): number =>
  1 - u - scale * (Math.cos((Math.PI / 2) * u) ** 2 - 1 + u);

/** One logit-normal time per B-th of the distribution: the quantile of (k + u_k) / B. Evens out the losses of a batch. */
export const stratifiedTimes = (uniforms: readonly number[], mean: number, std: number): number[] =>
  uniforms.map((u, k) => logitNormal(normalQuantile((k + u) / uniforms.length), mean, std));

/** How training times are drawn. */
export type TimeDistribution =
  | { name: "logit-normal"; mean: number; std: number }
  | { name: "uniform" }
  | { name: "mode"; scale: number };

/** The times of one batch, stratified; `shift` moves them all towards noise. */
export function drawTimes(
  rng: Rng,
  count: number,
  distribution: TimeDistribution,
  { shift = 1 }: { shift?: number } = {},
): Float32Array {
  const uniforms = Array.from({ length: count }, () => rng.uniform());
  const spread = uniforms.map((u, k) => (k + u) / count);
  const times =
    distribution.name === "logit-normal"
      ? stratifiedTimes(uniforms, distribution.mean, distribution.std)
      : distribution.name === "mode"
        ? spread.map((u) => modeTime(u, distribution.scale))
        : spread;
  return Float32Array.from(times, (t) => shiftTime(t, shift));
}

/** steps + 1 times from exactly 1 to exactly 0, shifted. */
export const timeGrid = (steps: number, shift = 1): number[] =>
  Array.from({ length: steps + 1 }, (_, i) => shiftTime(1 - i / steps, shift));

/**
 * The times of diffusers' FlowMatchEulerDiscreteScheduler: even from 1 to its smallest noise level, which is shifted already, then
 * all shifted, so the last is shifted twice; 0 at the end.
 */
export function diffusersEulerTimes(
  steps: number,
  shift = 1,
  { trainSteps = 1000 }: { trainSteps?: number } = {},
): number[] {
  const smallest = shiftTime(1 / trainSteps, shift);
  const even = (i: number) => (steps === 1 ? 1 : 1 + ((smallest - 1) * i) / (steps - 1));
  return [...Array.from({ length: steps }, (_, i) => shiftTime(even(i), shift)), 0];
}
