import type { Rng } from "@loam/core";
import {
  type Dimension,
  drawUnit,
  fromUnit,
  isActive,
  normalCdf,
  normalQuantile,
  type Params,
  toUnit,
} from "./space.ts";

/** A trial that is over, or is on its way. */
export interface Observation {
  params: Params;
  /** The smaller the better; undefined while it is not known, infinite for a trial that failed. */
  value: number | undefined;
}

export interface TpeOptions {
  /** Trials before the sampler has an opinion. */
  startup?: number;
  candidates?: number;
}

/** One parameter of the trials on one side: its places, and the width of the kernel around each. */
interface Kernels {
  dimension: Dimension;
  /** Trial by trial; undefined where the parameter was not there. */
  units: (number | undefined)[];
  widths: number[];
}

/** Trials of one side as a mixture: one component each, and one that is the prior. */
interface Mixture {
  kernels: Kernels[];
  logWeights: number[];
}

/**
 * The next trial by a tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011; arXiv:2304.11127 for what works):
 * the best trials and the others are two densities, and what the first makes likely and the second does not is tried.
 * Parameters are taken together, so that what only helps in company is found. Trials on their way count as bad ones,
 * so that parallel workers do not all try the same.
 */
export function suggestTpe(
  dimensions: readonly Dimension[],
  trials: readonly Observation[],
  rng: Rng,
  { startup = 10, candidates = 32 }: TpeOptions = {},
): Params {
  const known = trials.filter(({ value }) => value !== undefined && !Number.isNaN(value));
  if (known.length < startup) return spread(dimensions, trials, rng);
  const ordered = [...known].sort((a, b) => a.value! - b.value!);
  const count = Math.min(25, Math.max(1, Math.ceil(0.1 * ordered.length)));
  const waiting = trials.filter(({ value }) => value === undefined);
  const good = mixture(dimensions, ordered.slice(0, count), "good");
  const bad = mixture(dimensions, [...ordered.slice(count), ...waiting], "bad");
  let best: (number | undefined)[] = [];
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < candidates; i++) {
    const place = draw(good, rng);
    const score = logDensity(good, place) - logDensity(bad, place);
    if (score > bestScore) [bestScore, best] = [score, place];
  }
  return toParams(dimensions, best, rng);
}

/** The first trials: as far from those that there are as a few draws allow. */
function spread(dimensions: readonly Dimension[], trials: readonly Observation[], rng: Rng): Params {
  const seen = trials.map(({ params }) => dimensions.map((dimension) => toUnit(dimension, params[dimension.name])));
  let best: (number | undefined)[] = [];
  let farthest = -1;
  for (let i = 0; i < (seen.length === 0 ? 1 : 8); i++) {
    const place = dimensions.map((dimension) => drawUnit(dimension, rng));
    const distance = Math.min(
      ...seen.map((other) =>
        dimensions.reduce((sum, dimension, d) => {
          const a = place[d]!;
          const b = other[d];
          if (b === undefined) return sum + 0.5;
          return sum + (dimension.kind === "categorical" ? Number(a !== b) * 0.5 : (a - b) ** 2);
        }, 0),
      ),
    );
    if (distance > farthest) [farthest, best] = [distance, place];
  }
  return toParams(dimensions, best, rng);
}

/** Values from places; parameters whose condition does not hold are left out. */
export function toParams(dimensions: readonly Dimension[], place: readonly (number | undefined)[], rng: Rng): Params {
  const params: Params = {};
  for (const [d, dimension] of dimensions.entries())
    if (isActive(dimension, params)) params[dimension.name] = fromUnit(dimension, place[d] ?? drawUnit(dimension, rng));
  return params;
}

function mixture(dimensions: readonly Dimension[], trials: readonly Observation[], side: "good" | "bad"): Mixture {
  const n = trials.length;
  const kernels = dimensions.map((dimension) => {
    const units = trials.map(({ params }) => toUnit(dimension, params[dimension.name]));
    return { dimension, units, widths: widthsOf(dimension, units, side, dimensions.length) };
  });
  // The prior is one more component; of the good ones the better weigh more.
  const weights = trials.map((_, i) => (side === "good" ? 1 + (n - i) / n : 1));
  const total = weights.reduce((a, b) => a + b, 1);
  return { kernels, logWeights: [...weights, 1].map((weight) => Math.log(weight / total)) };
}

/** The distance to the farther of a place's two neighbours, within bounds that shrink as there are more. */
function widthsOf(
  dimension: Dimension,
  units: readonly (number | undefined)[],
  side: "good" | "bad",
  dimensions: number,
): number[] {
  if (dimension.kind === "categorical") return [];
  const n = units.length;
  const places = units.filter((unit) => unit !== undefined);
  const sorted = [0, ...places.sort((a, b) => a - b), 1];
  const least = 1 / Math.min(100, 1 + n * (dimensions > 1 ? 1 : 2));
  const shared = 0.2 * Math.max(n, 1) ** (-1 / (dimensions + 4));
  return units.map((unit) => {
    if (unit === undefined) return 1;
    const i = sorted.indexOf(unit, 1);
    const gap = Math.max(unit - sorted[i - 1]!, (sorted[i + 1] ?? 1) - unit);
    const width = side === "good" ? Math.min(gap, 0.6 * shared) : 1.6 * shared;
    return Math.min(1, Math.max(side === "good" ? least / 2 : least, width));
  });
}

function draw({ kernels, logWeights }: Mixture, rng: Rng): (number | undefined)[] {
  let left = rng.uniform();
  let component = logWeights.findIndex((weight) => (left -= Math.exp(weight)) < 0);
  if (component < 0) component = logWeights.length - 1;
  return kernels.map(({ dimension, units, widths }) => {
    const unit = units[component];
    if (unit === undefined) return drawUnit(dimension, rng);
    if (dimension.kind === "categorical") {
      const others = dimension.choices.length;
      // Mostly the same choice, now and then any.
      return rng.uniform() < 1 - categoricalSpread(units.length) ? unit : Math.floor(rng.uniform() * others);
    }
    const width = widths[component]!;
    const from = normalCdf((0 - unit) / width);
    const to = normalCdf((1 - unit) / width);
    const at = unit + width * normalQuantile(Math.min(1 - 1e-12, Math.max(1e-12, from + rng.uniform() * (to - from))));
    return Math.min(1, Math.max(0, at));
  });
}

/** How much of a categorical kernel goes to all choices alike. */
function categoricalSpread(n: number): number {
  return 1 / (1 + n / 2 + 1);
}

function logDensity({ kernels, logWeights }: Mixture, place: readonly (number | undefined)[]): number {
  const components = logWeights.length;
  let most = Number.NEGATIVE_INFINITY;
  const logs = new Array<number>(components);
  for (let component = 0; component < components; component++) {
    let log = logWeights[component]!;
    for (const [d, { dimension, units, widths }] of kernels.entries()) {
      const at = place[d];
      if (at === undefined) continue;
      const unit = component < units.length ? units[component] : undefined;
      if (dimension.kind === "categorical") {
        const all = 1 / dimension.choices.length;
        const rest = categoricalSpread(units.length);
        log += Math.log(unit === undefined ? all : rest * all + (unit === at ? 1 - rest : 0));
      } else if (unit !== undefined) {
        const width = widths[component]!;
        const z = (at - unit) / width;
        const mass = normalCdf((1 - unit) / width) - normalCdf((0 - unit) / width);
        log += -0.5 * z * z - Math.log(width * 2.5066282746310002) - Math.log(Math.max(mass, 1e-12));
      }
    }
    logs[component] = log;
    if (log > most) most = log;
  }
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - most);
  return most + Math.log(sum);
}
