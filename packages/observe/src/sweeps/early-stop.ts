import type { EarlyStop } from "./config.ts";

/**
 * Whether a trial that is still going should end: by its results so far, the smaller the better, against those of the
 * others at the same step.
 *
 * Hyperband's successive halving, asynchronously (ASHA, arXiv:1810.05934): at steps `minSteps · etaᵏ` only the best
 * 1/eta of all that came there go on. Median: a trial whose best so far is worse than the median of the others' means
 * over the same steps ends.
 *
 * @param curve the trial's results, step by step.
 * @param others those of the other trials, ended or not.
 */
export function shouldStop(rule: EarlyStop, curve: readonly number[], others: readonly (readonly number[])[]): boolean {
  if (rule.type === "median") {
    const steps = curve.length;
    const peers = others.filter((other) => other.length >= steps);
    if (steps < rule.minSteps || peers.length < rule.minTrials) return false;
    return bestOf(curve, steps) > median(peers.map((other) => mean(other.slice(0, steps))));
  }
  for (let rung = rule.minSteps; rung <= curve.length; rung *= rule.eta) {
    const step = Math.ceil(rung);
    if (step > curve.length) break;
    const reached = others.filter((other) => other.length >= step).map((other) => bestOf(other, step));
    if (reached.length === 0) continue;
    const mine = bestOf(curve, step);
    const ordered = [...reached, mine].sort((a, b) => a - b);
    const keep = Math.max(1, Math.floor(ordered.length / rule.eta));
    if (mine > ordered[keep - 1]!) return true;
  }
  return false;
}

function bestOf(curve: readonly number[], steps: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < Math.min(steps, curve.length); i++) if (curve[i]! < best) best = curve[i]!;
  return best;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
