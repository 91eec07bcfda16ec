import { expect, test } from "vitest";
import { kendall, pearson, spearman } from "./correlation.ts";
import { pairedBootstrap, permutationTest } from "./significance.ts";

// Expected values from the documentation of scipy.stats, and by hand.
const x = [12, 2, 1, 12, 2];
const y = [1, 4, 7, 1, 0];

test("correlations equal the known values, ties included", () => {
  expect(kendall(x, y)).toBeCloseTo(-0.4714045207910316, 12);
  expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 12);
  expect(pearson([1, 2, 3, 4], [2, 4, 6, 9])).toBeCloseTo(11.5 / Math.sqrt(5 * 26.75), 12);
});

test("a constant side has no correlation", () => {
  expect([pearson([1, 1], [1, 2]), spearman([1, 1], [1, 2]), kendall([1, 1], [1, 2])]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("sides of different length are refused with both lengths", () => {
  expect(() => pearson([1, 2], [1])).toThrow('`y` is "1 values"; expected 2, one per value of x.');
});

test("equal systems do not differ, a system that always wins does", () => {
  const base = Array.from({ length: 40 }, (_, i) => Math.sin(i));
  const better = base.map((score, i) => score + 0.1 + 0.02 * Math.cos(7 * i));
  const alike = base.map((score, i) => score + (i % 2 === 0 ? 0.1 : -0.1));
  expect(pairedBootstrap(better, base)).toMatchObject({ wins: 40, losses: 0, ties: 0 });
  expect(pairedBootstrap(better, base).pValue).toBeLessThan(0.001);
  expect(pairedBootstrap(alike, base).pValue).toBeGreaterThan(0.3);
  expect(() => pairedBootstrap([1, 2], [1])).toThrow("one per score of a");
  expect(() => pairedBootstrap([], [])).toThrow("at least one");
  expect(permutationTest(better, base).pValue).toBeLessThan(0.001);
  expect(permutationTest(alike, base).pValue).toBeGreaterThan(0.3);
});

test("with few rows the permutation test counts every way: 2 of 2^5 are as extreme", () => {
  expect(permutationTest([1, 2, 3, 4, 5], [0, 0, 0, 0, 0])).toEqual({ difference: 3, pValue: 2 / 32, exact: true });
});
