import { expect, test } from "vitest";
import { endsOf, lossCurves, overTime, smoothed } from "./curves.ts";
import { shareDone, toCountText, toLossText } from "./run-row.ts";
import { sparklinePath } from "./sparkline.tsx";

test("a smoothed constant is that constant from the first point on, and gaps stay", () => {
  const mean = smoothed([
    [1, 2, 0],
    [2, null, 0],
    [3, 2, 0],
  ]);
  expect(mean[0]).toEqual([1, expect.closeTo(2)]);
  expect(mean[1]).toEqual([2, null]);
  expect(mean[2]).toEqual([3, expect.closeTo(2)]);
});

test("time counts from the first point", () => {
  expect(
    overTime([
      [1, 5, 10_000],
      [2, 4, 12_500],
    ]),
  ).toEqual([
    [0, 5],
    [2.5, 4],
  ]);
});

test("losses are one curve, or two with the mean; evaluation is one more when there is any", () => {
  const series = { "train/loss": [[1, 3, 0] as [number, number, number]] };
  const names = { train: "training", eval: "evaluation" };
  expect(lossCurves(series, { smooth: false, names })).toHaveLength(1);
  expect(lossCurves({ ...series, "eval/loss": series["train/loss"] }, { smooth: true, names })).toHaveLength(3);
  expect(endsOf(series["train/loss"])).toEqual({ first: 3, last: 3, steps: 1 });
  expect(endsOf(undefined)).toBeUndefined();
});

test("a sparkline needs two numbers, and falls when they do", () => {
  expect(sparklinePath([1, null], { width: 100, height: 20 })).toBeUndefined();
  expect(sparklinePath([3, 1], { width: 100, height: 20 })).toBe("M1.0 2.0L99.0 18.0");
});

test("numbers are written for reading", () => {
  expect([8_800_000, 26_880, 512, 123_456_789].map(toCountText)).toEqual(["8.80M", "26.9k", "512", "123M"]);
  expect([2.34567, 0.00012, null, 0].map(toLossText)).toEqual(["2.346", "1.2e-4", "–", "0.000"]);
});

test("how far a run is can be told once it trains", () => {
  const progress = { task: "train", unit: "step", done: 5, total: 20 };
  expect(shareDone({ status: "running", progress })).toBe(0.25);
  expect(shareDone({ status: "running", progress: { ...progress, task: "download" } })).toBeUndefined();
  expect(shareDone({ status: "finished", progress: null })).toBe(1);
});
