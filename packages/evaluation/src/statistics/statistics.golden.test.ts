import { expect, test } from "vitest";
import { readGolden } from "../../test/golden.ts";
import { bootstrapMean, type Interval, intervalOfDraws } from "./bootstrap.ts";

type Triple = [number, number, number];
const bootstrap = readGolden<{
  exact: {
    confidence_interval: number;
    scores: Record<string, Triple[]>;
    draws: Record<string, number[][]>;
    result: Record<string, Record<keyof Interval, Triple>>;
  }[];
}>("metrics/rouge/bootstrap.json");

test("the same draws give the intervals of rouge_score's BootstrapAggregator", () => {
  for (const { confidence_interval, scores, draws, result } of bootstrap.exact) {
    for (const [type, rows] of Object.entries(scores)) {
      for (const measure of [0, 1, 2] as const) {
        const interval = intervalOfDraws(
          rows.map((row) => row[measure]),
          draws[type]!,
          confidence_interval,
        );
        for (const bound of ["low", "mid", "high"] as const)
          expect(interval[bound]).toBeCloseTo(result[type]![bound][measure], 12);
      }
    }
  }
});

test("draws of our own give an interval around the mean", () => {
  const values = Array.from({ length: 200 }, (_, i) => (i % 20) / 20);
  const { low, mid, high } = bootstrapMean(values, { seed: 1 });
  expect(low).toBeLessThan(mid);
  expect(mid).toBeLessThan(high);
  expect(mid).toBeCloseTo(0.475, 1);
  // Standard error 0.288 / √200 = 0.0204; 95 % is about ±0.04.
  expect(high - low).toBeGreaterThan(0.06);
  expect(high - low).toBeLessThan(0.1);
});
