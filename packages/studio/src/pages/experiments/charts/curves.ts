import type { StoredCurve } from "../../../api/experiments.ts";

export type XAxis = "step" | "time" | "relative";
export type Smoothing = { kind: "none" } | { kind: "ema" | "gaussian"; amount: number };

/** A curve as it is drawn. */
export interface DrawnCurve {
  name: string;
  color: string;
  /** `[x, y]`. */
  line: [number, number][];
  /** As logged, drawn faintly behind; undefined when nothing was smoothed. */
  raw?: [number, number][];
  /** Lowest and highest around each x, for the mean of several runs. */
  band?: [x: number, low: number, high: number][];
  /** Where the value was no number. */
  missing: number[];
}

/** Six colours that people with any colour vision can tell apart (Okabe and Ito, without black and yellow). */
export const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;
export const colorOf = (index: number): string => palette[index % palette.length]!;

/** The points of a curve over steps, the clock, or seconds since its first point; NaN and infinities apart. */
export function toPoints(points: StoredCurve["points"], axis: XAxis): { line: [number, number][]; missing: number[] } {
  const startMs = points[0]?.[2] ?? 0;
  const line: [number, number][] = [];
  const missing: number[] = [];
  for (const [step, value, timeMs] of points) {
    const x = axis === "step" ? step : axis === "time" ? timeMs : (timeMs - startMs) / 1000;
    if (typeof value === "number") line.push([x, value]);
    else missing.push(x);
  }
  return { line, missing };
}

/**
 * Smoothed values at the same x. `ema`: the mean whose weights fall by `amount` a point, without its bias to the start (as
 * TensorBoard has it); `gaussian`: weights of a bell `amount` points wide.
 */
export function smooth(line: readonly (readonly [number, number])[], smoothing: Smoothing): [number, number][] {
  if (smoothing.kind === "none" || smoothing.amount <= 0) return line.map(([x, y]) => [x, y]);
  if (smoothing.kind === "ema") {
    const weight = Math.min(smoothing.amount, 0.999);
    let [sum, norm] = [0, 0];
    return line.map(([x, y]) => {
      sum = sum * weight + y;
      norm = norm * weight + 1;
      return [x, sum / norm];
    });
  }
  const sigma = smoothing.amount;
  const reach = Math.ceil(3 * sigma);
  return line.map(([x], i) => {
    let [sum, norm] = [0, 0];
    for (let j = Math.max(0, i - reach); j <= Math.min(line.length - 1, i + reach); j++) {
      const weight = Math.exp(-((i - j) ** 2) / (2 * sigma ** 2));
      sum += weight * line[j]![1];
      norm += weight;
    }
    return [x, sum / norm];
  });
}

/** The mean of several curves and the lowest and highest beside it, at every x that any of them has; each is read in between. */
export function meanBand(lines: readonly (readonly [number, number][])[]): Pick<DrawnCurve, "line" | "band"> {
  const filled = lines.filter((line) => line.length > 0);
  const xs = [...new Set(filled.flatMap((line) => line.map(([x]) => x)))].sort((a, b) => a - b);
  const line: [number, number][] = [];
  const band: [number, number, number][] = [];
  const places = filled.map(() => 0);
  for (const x of xs) {
    const values = filled.flatMap((points, n) => {
      while (places[n]! + 1 < points.length && points[places[n]! + 1]![0] <= x) places[n]!++;
      const [x0, y0] = points[places[n]!]!;
      const next = points[places[n]! + 1];
      if (x < x0 || (x > x0 && !next)) return [];
      return [next && x > x0 ? y0 + ((next[1] - y0) * (x - x0)) / (next[0] - x0) : y0];
    });
    if (values.length === 0) continue;
    line.push([x, values.reduce((a, b) => a + b, 0) / values.length]);
    band.push([x, Math.min(...values), Math.max(...values)]);
  }
  return { line, band };
}

/** The points that no other is better than in both; sorted by x. */
export function paretoFront<Point extends { x: number; y: number }>(
  points: readonly Point[],
  goals: { x: "low" | "high"; y: "low" | "high" },
): Point[] {
  const sign = { low: 1, high: -1 };
  const sorted = points
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
    .sort((a, b) => sign[goals.x] * (a.x - b.x) || sign[goals.y] * (a.y - b.y));
  let best = Number.POSITIVE_INFINITY;
  const front = sorted.filter(({ y }) => {
    const cost = sign[goals.y] * y;
    if (cost >= best) return false;
    best = cost;
    return true;
  });
  return front.sort((a, b) => a.x - b.x);
}
