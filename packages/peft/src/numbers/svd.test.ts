import { Rng } from "@loam/core";
import { describe, expect, test } from "vitest";
import { reducedQr } from "./householder.ts";
import { type Matrix, product, transposed } from "./matrix.ts";
import { randomizedSvd, truncatedSvd } from "./svd.ts";

function random(rows: number, columns: number, seed = 1): Matrix {
  const rng = new Rng(seed);
  return { rows, columns, values: Float64Array.from({ length: rows * columns }, () => rng.normal()) };
}

const diagonal = (values: readonly number[]): Matrix => ({
  rows: values.length,
  columns: values.length,
  values: Float64Array.from({ length: values.length ** 2 }, (_, i) =>
    i % (values.length + 1) === 0 ? values[i / (values.length + 1)]! : 0,
  ),
});

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(b, (x, i) => Math.abs(x - a[i]!)));
}

function rebuilt({ rows, columns }: Matrix, { rank, left, singularValues, right }: ReturnType<typeof truncatedSvd>) {
  const scaled = left.map((x, i) => x * singularValues[i % rank]!);
  return product({ rows, columns: rank, values: scaled }, { rows: rank, columns, values: right }).values;
}

function expectOrthonormal({ rows, columns }: Matrix, { rank, left, right }: ReturnType<typeof truncatedSvd>) {
  const identity = diagonal(Array<number>(rank).fill(1)).values;
  const u = { rows, columns: rank, values: left };
  const v = { rows: rank, columns, values: right };
  expect(largest(product(transposed(u), u).values, identity)).toBeLessThan(1e-12);
  expect(largest(product(v, transposed(v)).values, identity)).toBeLessThan(1e-12);
}

describe("truncatedSvd", () => {
  test.each([
    [1, 1],
    [1, 7],
    [7, 1],
    [12, 12],
    [40, 9],
    [9, 40],
    [13, 11],
    [60, 60],
  ])("all triplets of a random [%i, %i] matrix rebuild it", (rows, columns) => {
    const matrix = random(rows, columns);
    const svd = truncatedSvd(matrix, Math.min(rows, columns));
    expect(largest(rebuilt(matrix, svd), matrix.values)).toBeLessThan(1e-12 * 30);
    expectOrthonormal(matrix, svd);
    expect([...svd.singularValues]).toEqual([...svd.singularValues].sort((a, b) => b - a));
  });

  test("known values: a diagonal matrix, and a 2×2 by hand", () => {
    expect([...truncatedSvd(diagonal([3, -5, 0.5]), 3).singularValues]).toEqual(
      [5, 3, 0.5].map((x) => expect.closeTo(x, 14)),
    );
    // [[3, 0], [4, 5]] has singular values √45 and √5.
    const svd = truncatedSvd({ rows: 2, columns: 2, values: [3, 0, 4, 5] }, 2);
    expect([...svd.singularValues]).toEqual([Math.sqrt(45), Math.sqrt(5)].map((x) => expect.closeTo(x, 13)));
    expect([...svd.right.slice(0, 2)]).toEqual([Math.SQRT1_2, Math.SQRT1_2].map((x) => expect.closeTo(x, 13)));
  });

  test("the leading triplets are those of the whole", () => {
    const matrix = random(30, 22, 3);
    const [few, all] = [truncatedSvd(matrix, 4), truncatedSvd(matrix, 22)];
    expect(largest(few.singularValues, all.singularValues.slice(0, 4))).toBeLessThan(1e-12);
    const error = largest(
      rebuilt(matrix, few),
      rebuilt(matrix, { ...all, singularValues: all.singularValues.map((s, i) => (i < 4 ? s : 0)) }),
    );
    expect(error).toBeLessThan(1e-12);
  });

  test.each([
    ["equal values", diagonal([2, 2, 2, 1, 1, 1, 1])],
    ["zeros", diagonal([0, 0, 0, 0])],
    ["rank two", product(random(20, 2), random(2, 15, 2))],
    ["values over thirty decades", diagonal([1e15, 1, 1e-15])],
    ["tiny entries", { rows: 2, columns: 2, values: [3e-200, 0, 4e-200, 5e-200] }],
    ["huge entries", { rows: 2, columns: 2, values: [3e200, 0, 4e200, 5e200] }],
  ])("vectors stay orthonormal with %s", (_, matrix) => {
    const svd = truncatedSvd(matrix, Math.min(matrix.rows, matrix.columns));
    expectOrthonormal(matrix, svd);
    const scale = Math.max(...Array.from(matrix.values, Math.abs)) || 1;
    expect(largest(rebuilt(matrix, svd), matrix.values) / scale).toBeLessThan(1e-13);
  });

  test("a low rank is seen, and small values keep their digits", () => {
    const svd = truncatedSvd(product(random(20, 2), random(2, 15, 2)), 4);
    expect(svd.singularValues[2]).toBeLessThan(1e-13);
    expect(truncatedSvd(diagonal([1, 1e-12]), 2).singularValues[1]! / 1e-12).toBeCloseTo(1, 10);
  });

  test("ranks that are not there and values that are no numbers are refused", () => {
    expect(() => truncatedSvd(random(3, 5), 4)).toThrow("a whole number from 1 to 3");
    expect(() => truncatedSvd({ rows: 1, columns: 2, values: [1, Number.NaN] }, 1)).toThrow("column 1");
  });
});

test("the randomised decomposition finds a matrix of low rank exactly", () => {
  const matrix = product(random(50, 3), random(3, 40, 2));
  const [exact, quick] = [truncatedSvd(matrix, 3), randomizedSvd(matrix, 5, { iterations: 2 })];
  expect(largest(quick.singularValues.slice(0, 3), exact.singularValues)).toBeLessThan(1e-11);
  expect(largest(rebuilt(matrix, quick), matrix.values)).toBeLessThan(1e-12);
});

test.each([
  [8, 5],
  [5, 8],
  [6, 6],
])("QR of [%i, %i]: Q is orthonormal, R triangular, their product the matrix", (rows, columns) => {
  const matrix = random(rows, columns);
  const { q, r } = reducedQr(matrix);
  expect(largest(product(q, r).values, matrix.values)).toBeLessThan(1e-13);
  expect(largest(product(transposed(q), q).values, diagonal(Array<number>(q.columns).fill(1)).values)).toBeLessThan(
    1e-13,
  );
  for (let i = 0; i < r.rows; i++) for (let j = 0; j < i; j++) expect(r.values[i * r.columns + j]).toBe(0);
});
