import { ArgumentError, Rng } from "@loam/core";

/** A confidence interval: `mid` is the median of the resampled means. */
export interface Interval {
  low: number;
  mid: number;
  high: number;
}

export interface BootstrapOptions {
  confidence?: number;
  samples?: number;
  seed?: number;
}

/**
 * Percentile bootstrap of the mean (Efron 1979), as `rouge_score`'s aggregator: resample rows, take means, read quantiles.
 *
 * @throws {ArgumentError} without a score.
 */
export function bootstrapMean(
  values: readonly number[],
  { confidence = 0.95, samples = 1000, seed = 0 }: BootstrapOptions = {},
): Interval {
  if (values.length === 0) throw new ArgumentError("values", [], "at least one score");
  const rng = new Rng(seed);
  const draws = Array.from({ length: samples }, () => Int32Array.from(values, () => rng.integer(values.length)));
  return intervalOfDraws(values, draws, confidence);
}

/** The interval that given draws of row indices lead to. */
export function intervalOfDraws(
  values: readonly number[],
  draws: readonly ArrayLike<number>[],
  confidence: number,
): Interval {
  const means = draws.map((draw) => {
    let sum = 0;
    for (let i = 0; i < draw.length; i++) sum += values[draw[i]!]!;
    return sum / draw.length;
  });
  return intervalOfMeans(Float64Array.from(means), confidence);
}

/** The interval of the means of resamples. */
export function intervalOfMeans(means: Float64Array, confidence: number): Interval {
  const sorted = means.toSorted();
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, tail), mid: quantile(sorted, 0.5), high: quantile(sorted, 1 - tail) };
}

/** Quantile of sorted values by linear interpolation between neighbours, as numpy's default. */
function quantile(sorted: Float64Array, q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
