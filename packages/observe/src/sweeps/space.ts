import { ArgumentError, type Rng } from "@loam/core";

/** One parameter of a search. Where it is nested, its name is the path with dots. */
export type Dimension = { name: string; when?: Condition } & (
  | { kind: "float"; low: number; high: number; log?: boolean; step?: number }
  | { kind: "int"; low: number; high: number; log?: boolean; step?: number }
  | { kind: "normal"; mu: number; sigma: number; log?: boolean; step?: number }
  | { kind: "categorical"; choices: readonly unknown[]; weights?: readonly number[] }
);

/** The parameter is there only while another one has one of these values. */
interface Condition {
  name: string;
  in: readonly unknown[];
}

/** Values by name. */
export type Params = Record<string, unknown>;

/**
 * A value as a sampler sees it: a number in [0, 1] for what is numeric (on its own scale: a logarithmic one, or the
 * quantiles of a normal distribution), the index of the choice for what is not.
 */
export function toUnit(dimension: Dimension, value: unknown): number | undefined {
  switch (dimension.kind) {
    case "categorical": {
      const index = dimension.choices.findIndex((choice) => same(choice, value));
      return index < 0 ? undefined : index;
    }
    case "normal": {
      if (typeof value !== "number") return undefined;
      const at = dimension.log ? Math.log(value) : value;
      return normalCdf((at - dimension.mu) / dimension.sigma);
    }
    default: {
      if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
      const [low, high] = edges(dimension);
      const at = dimension.log ? Math.log(value) : value;
      return Math.min(1, Math.max(0, (at - low) / (high - low || 1)));
    }
  }
}

/** The value at a place; integers and steps are rounded to what there is. */
export function fromUnit(dimension: Dimension, unit: number): unknown {
  switch (dimension.kind) {
    case "categorical":
      return dimension.choices[Math.min(dimension.choices.length - 1, Math.max(0, Math.round(unit)))];
    case "normal": {
      const at = dimension.mu + dimension.sigma * normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, unit)));
      return toStep(dimension.log ? Math.exp(at) : at, 0, dimension.step);
    }
    default: {
      const [low, high] = edges(dimension);
      const at = low + unit * (high - low);
      const step = dimension.step ?? (dimension.kind === "int" ? 1 : undefined);
      const value = toStep(dimension.log ? Math.exp(at) : at, dimension.low, step);
      return Math.min(dimension.high, Math.max(dimension.low, value));
    }
  }
}

/** A place drawn as the parameter's distribution has it. */
export function drawUnit(dimension: Dimension, rng: Rng): number {
  if (dimension.kind !== "categorical") return rng.uniform();
  const { choices, weights } = dimension;
  if (!weights) return Math.min(choices.length - 1, Math.floor(rng.uniform() * choices.length));
  let left = rng.uniform() * weights.reduce((a, b) => a + b, 0);
  const index = weights.findIndex((weight) => (left -= weight) < 0);
  return index < 0 ? choices.length - 1 : index;
}

/** Whether a parameter is there, given the others. */
export function isActive({ when }: Dimension, params: Params): boolean {
  return !when || when.in.some((value) => same(value, params[when.name]));
}

/** @throws {ArgumentError} naming the parameter that cannot be. */
export function checkSpace(dimensions: readonly Dimension[]): void {
  for (const dimension of dimensions) {
    if (dimension.kind === "categorical") {
      if (dimension.choices.length === 0) throw new ArgumentError(dimension.name, [], "at least one value");
      continue;
    }
    if (dimension.kind === "normal") {
      if (!(dimension.sigma > 0)) throw new ArgumentError(dimension.name, dimension.sigma, "a `sigma` above 0");
      continue;
    }
    const { name, low, high, log } = dimension;
    if (!Number.isFinite(low) || !Number.isFinite(high) || low > high)
      throw new ArgumentError(name, `${low}…${high}`, "`min` to be at most `max`, both finite");
    if (log && low <= 0) throw new ArgumentError(name, low, "a `min` above 0 on a logarithmic scale");
  }
}

/** Integers have room for half a step on either side, so that the outer ones are as likely as the others. */
function edges(dimension: Extract<Dimension, { low: number }>): [number, number] {
  const { low, high, log, kind } = dimension;
  const step = dimension.step ?? (kind === "int" ? 1 : 0);
  const [from, to] = kind === "int" || step > 0 ? [low - step / 2, high + step / 2] : [low, high];
  return log ? [Math.log(from > 0 ? from : low), Math.log(to)] : [from, to];
}

function toStep(value: number, origin: number, step: number | undefined): number {
  if (!step) return value;
  const rounded = origin + Math.round((value - origin) / step) * step;
  return Number(rounded.toPrecision(12));
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** The standard normal distribution function. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

/** Numerical Recipes' erfc, relative error below 1.2e-7. */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + z / 2);
  const poly =
    -1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const result = t * Math.exp(-z * z + poly);
  return x >= 0 ? result : 2 - result;
}

/** Acklam's rational approximation, relative error below 1.2e-9. */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const poly = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, each) => sum * x + each, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly(c, q) / (poly(d, q) * q + 1);
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (poly(a, r) * q) / (poly(b, r) * r + 1);
}
