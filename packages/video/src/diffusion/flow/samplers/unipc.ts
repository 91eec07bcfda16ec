import { throwIfCancelled } from "@loam/core";
import { cleanFrom, type Sampler } from "./sampler.ts";

export interface UniPcOptions {
  order?: 1 | 2 | 3;
  /** The function B(h) of the paper: h, or eʰ - 1. */
  solver?: "bh1" | "bh2";
  /** Steps, counted from 0, whose result is not corrected at the next one. */
  withoutCorrector?: readonly number[];
  /** Falls to order 1 at the last step. */
  lowerOrderFinal?: boolean;
}

/**
 * UniPC in data prediction (arXiv:2302.04867 §3): each step predicts with the x₀ that are known, and the next evaluation, which is
 * needed anyway, corrects what was predicted. As diffusers' `UniPCMultistepScheduler` on flow noise levels: x₀ is taken from the
 * uncorrected sample, the order warms up, and a last level of 0 gives x₀ itself.
 */
export const unipc =
  ({
    order: solverOrder = 2,
    solver = "bh2",
    withoutCorrector = [],
    lowerOrderFinal = true,
  }: UniPcOptions = {}): Sampler =>
  async (field, noise, times, { onStep, signal } = {}) => {
    const steps = times.length - 1;
    const logSnr = times.map((t) => (t > 0 ? Math.log(1 - t) - Math.log(t) : Number.POSITIVE_INFINITY));
    const known: Float32Array[] = []; // x₀ of each level
    let [before, order, warm] = [noise, 0, 0];

    /** From level i - 1 to i: with `newest`, the x₀ of level i, it corrects; without, it predicts. */
    const advance = (i: number, start: Float32Array, order: number, newest?: Float32Array): Float32Array => {
      const h = logSnr[i]! - logSnr[i - 1]!;
      const e = Math.expm1(-h);
      const b = solver === "bh1" ? -h : e;
      const last = known.length - 1;
      const ratios = Array.from({ length: order - 1 }, (_, k) => (logSnr[i - 2 - k]! - logSnr[i - 1]!) / h);
      const weights = weightsOf({ h, b, ratios, order, predicts: newest === undefined });
      const keep = times[i]! / times[i - 1]!;
      const data = 1 - times[i]!;
      const m0 = known[last]!;
      return start.map((at, j) => {
        let bent = 0;
        for (const [k, ratio] of ratios.entries()) bent += (weights[k]! * (known[last - 1 - k]![j]! - m0[j]!)) / ratio;
        if (newest) bent += weights.at(-1)! * (newest[j]! - m0[j]!);
        return keep * at - data * e * m0[j]! - data * b * bent;
      });
    };

    let x: Float32Array = noise;
    for (let i = 0; i < steps; i++) {
      throwIfCancelled(signal, "Sampling");
      const t = times[i]!;
      const clean = cleanFrom(x, await field(x, t), t);
      if (i > 0 && !withoutCorrector.includes(i - 1)) x = advance(i, before, order, clean);
      known.push(clean);
      order = Math.min(lowerOrderFinal ? Math.min(solverOrder, steps - i) : solverOrder, warm + 1);
      warm = Math.min(warm + 1, solverOrder);
      before = x;
      x = times[i + 1] === 0 && order === 1 ? clean : advance(i + 1, x, order);
      await onStep?.({ step: i + 1, steps, t: times[i + 1]!, x, clean });
    }
    return x;
  };

/** The coefficients ρ of the differences: solutions of R·ρ = b (eq. 7), or ½ where the paper fixes them. */
function weightsOf({
  h,
  b,
  ratios,
  order,
  predicts,
}: {
  h: number;
  b: number;
  ratios: readonly number[];
  order: number;
  predicts: boolean;
}): number[] {
  if (predicts && order === 1) return [];
  if (predicts && order === 2) return [0.5];
  if (!predicts && order === 1) return [0.5];
  const nodes = [...ratios, 1];
  const right: number[] = [];
  let [phi, factorial] = [Math.expm1(-h) / -h - 1, 1];
  for (let j = 1; j <= order; j++) {
    right.push((phi * factorial) / b);
    factorial *= j + 1;
    phi = phi / -h - 1 / factorial;
  }
  const size = predicts ? order - 1 : order;
  return solve(
    Array.from({ length: size }, (_, j) => nodes.slice(0, size).map((node) => node ** j)),
    right.slice(0, size),
  );
}

/** Gaussian elimination with pivots, for systems of one to three unknowns. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const n = rows.length;
  for (let at = 0; at < n; at++) {
    const pivot = rows
      .slice(at)
      .reduce((best, row, k) => (Math.abs(row[at]!) > Math.abs(rows[best]![at]!) ? at + k : best), at);
    [rows[at], rows[pivot]] = [rows[pivot]!, rows[at]!];
    for (let below = at + 1; below < n; below++) {
      const factor = rows[below]![at]! / rows[at]![at]!;
      for (let k = at; k <= n; k++) rows[below]![k]! -= factor * rows[at]![k]!;
    }
  }
  const solution = Array<number>(n).fill(0);
  for (let at = n - 1; at >= 0; at--) {
    const rest = rows[at]!.slice(at + 1, n).reduce((sum, x, k) => sum + x * solution[at + 1 + k]!, 0);
    solution[at] = (rows[at]![n]! - rest) / rows[at]![at]!;
  }
  return solution;
}
