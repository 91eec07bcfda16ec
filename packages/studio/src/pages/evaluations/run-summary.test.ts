import { expect, test } from "vitest";
import { bestOf, showP, showSigned, showValue, toMetricBars } from "./run-summary.ts";

const result = (system: string, value: number | null, direction: "higher" | "lower" = "higher") => ({
  system,
  failures: 0,
  meanMs: 1,
  costUsd: 0,
  judgeCostUsd: 0,
  metrics: [
    {
      metric: "m",
      value,
      direction,
      range: [0, 1] as [number, number | null],
      signature: "m",
      failures: 0,
      firstFailure: null,
      notes: [],
      ...(value !== null && { interval: { low: value - 0.1, mid: value, high: value + 0.1 } }),
      spread: value === null ? null : { min: 0, q1: value / 2, median: value, q3: value, max: 2 * value },
    },
  ],
});

test("bars share a scale that holds every number drawn; the best is the largest, or the lowest where lower is better", () => {
  const [bars] = toMetricBars([result("a", 0.2), result("b", 0.4), result("c", null)]);
  expect(bars!.scale).toEqual([0, 0.8]);
  expect(bars!.bars.map(({ widthPercent }) => Math.round(widthPercent))).toEqual([25, 50, 0]);
  expect(bars!.bars.map(({ isBest }) => isBest)).toEqual([false, true, false]);
  expect(bars!.bars[2]).toMatchObject({ value: null, spread: undefined, intervalPercent: undefined });
  const [errors] = toMetricBars([result("a", 0.2, "lower"), result("b", 0.4, "lower")]);
  expect(errors!.bars.map(({ isBest }) => isBest)).toEqual([true, false]);
});

test("the best of a run is told by its first metric with a direction", () => {
  const systems = ["a", "b"].map((system, i) => ({
    system,
    metrics: [
      { metric: "length", value: 9, direction: "none" as const },
      { metric: "ter", value: 30 + i, direction: "lower" as const },
    ],
  }));
  expect(bestOf({ systems, metrics: ["length", "ter"] })).toEqual({ system: "a", metric: "ter", value: 30 });
  expect(bestOf({ systems: [{ system: "a" }], metrics: ["ter"] })).toBeUndefined();
});

test("numbers as the reports write them", () => {
  expect([
    showValue(0.31234),
    showValue(31.234),
    showValue(null),
    showSigned(-0.5),
    showP(0.0001),
    showP(0.04),
  ]).toEqual(["0.3123", "31.23", "–", "−0.5000", "<0.001", "0.040"]);
});
