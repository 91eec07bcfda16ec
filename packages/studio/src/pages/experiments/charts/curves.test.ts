import { expect, test } from "vitest";
import { meanBand, paretoFront, smooth, toPoints } from "./curves.ts";

test("points lie over steps, the clock or seconds; what is no number is kept apart", () => {
  const points: [number, number | string, number][] = [
    [0, 1, 5000],
    [10, "NaN", 6000],
    [20, 3, 9000],
  ];
  expect(toPoints(points, "step")).toEqual({
    line: [
      [0, 1],
      [20, 3],
    ],
    missing: [10],
  });
  expect(toPoints(points, "relative")).toEqual({
    line: [
      [0, 1],
      [4, 3],
    ],
    missing: [1],
  });
  expect(toPoints(points, "time").line[1]![0]).toBe(9000);
});

test("smoothing keeps a constant, and does not lean to the start", () => {
  const flat: [number, number][] = [0, 1, 2, 3].map((x) => [x, 5]);
  for (const kind of ["ema", "gaussian"] as const)
    for (const [, y] of smooth(flat, { kind, amount: 0.9 })) expect(y).toBeCloseTo(5, 10);
  expect(
    smooth(
      [
        [0, 10],
        [1, 0],
      ],
      { kind: "ema", amount: 0.5 },
    ),
  ).toEqual([
    [0, 10],
    [1, 10 / 3],
  ]); // (0.5·10 + 0) / 1.5
  const noisy = Array.from({ length: 50 }, (_, x): [number, number] => [x, x % 2]);
  const calm = smooth(noisy, { kind: "gaussian", amount: 3 }).map(([, y]) => y);
  expect(Math.max(...calm.slice(9, -9)) - Math.min(...calm.slice(9, -9))).toBeLessThan(0.01);
  expect(smooth(noisy, { kind: "none" })).toEqual(noisy);
});

test("a mean reads each curve between its points, and only where it is", () => {
  const { line, band } = meanBand([
    [
      [0, 0],
      [10, 10],
    ],
    [
      [5, 15],
      [10, 20],
    ],
  ]);
  expect(line).toEqual([
    [0, 0],
    [5, 10],
    [10, 15],
  ]);
  expect(band).toEqual([
    [0, 0, 0],
    [5, 5, 15],
    [10, 10, 20],
  ]);
});

test("a front holds what nothing beats in both", () => {
  const points = [
    [1, 9],
    [2, 5],
    [3, 6],
    [4, 1],
    [Number.NaN, 0],
  ].map(([x, y]) => ({ x: x!, y: y! }));
  expect(paretoFront(points, { x: "low", y: "low" }).map(({ x }) => x)).toEqual([1, 2, 4]);
  expect(paretoFront(points, { x: "high", y: "high" }).map(({ x }) => x)).toEqual([1, 3, 4]);
});
