import { ArgumentError } from "@loam/core";

function checkPaired(x: readonly number[], y: readonly number[]): void {
  if (x.length !== y.length) throw new ArgumentError("y", `${y.length} values`, `${x.length}, one per value of x`);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's r in [−1, 1]; undefined where one side is constant or there are fewer than two points. */
export function pearson(x: readonly number[], y: readonly number[]): number | undefined {
  checkPaired(x, y);
  const [mx, my] = [mean(x), mean(y)];
  let [sxy, sxx, syy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - mx, y[i]! - my];
    sxy += dx * dy;
    sxx += dx * dx;
    syy += dy * dy;
  }
  if (x.length < 2 || isConstant(x) || isConstant(y)) return undefined;
  return Math.max(-1, Math.min(1, sxy / (Math.sqrt(sxx) * Math.sqrt(syy))));
}

/** Spearman's ρ: Pearson's r of the ranks, ties given their mean rank. */
export function spearman(x: readonly number[], y: readonly number[]): number | undefined {
  checkPaired(x, y);
  return pearson(meanRanks(x), meanRanks(y));
}

/** Kendall's τ-b (Kendall 1945), which corrects for ties; pairs are compared one by one, O(n²). */
export function kendall(x: readonly number[], y: readonly number[]): number | undefined {
  checkPaired(x, y);
  let [score, untiedX, untiedY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const dx = Math.sign(x[i]! - x[j]!);
      const dy = Math.sign(y[i]! - y[j]!);
      score += dx * dy;
      untiedX += dx * dx;
      untiedY += dy * dy;
    }
  }
  return untiedX === 0 || untiedY === 0 ? undefined : score / (Math.sqrt(untiedX) * Math.sqrt(untiedY));
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}
