import { Rng } from "@loam/core";
import { describe, expect, test } from "vitest";
import { VectorIndex } from "./vector-index.ts";

function unit(values: number[]): Float32Array {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (x) => x / norm);
}

function randomVectors(count: number, dims: number, seed: number): Float32Array[] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => unit(Array.from({ length: dims }, () => rng.normal())));
}

describe("vector index", () => {
  test("finds the nearest by cosine, best first, with exact scores", () => {
    const index = new VectorIndex(2);
    const rows = [unit([1, 0]), unit([1, 1]), unit([0, 1])].map((v) => index.add(v));
    const hits = index.search(unit([1, 0.2]), { k: 2 });
    expect(hits.map((h) => h.row)).toEqual([rows[0], rows[1]]);
    expect(hits[0]!.score).toBeCloseTo(1 / Math.hypot(1, 0.2), 6);
  });

  test.each([50, 64, 100])(
    "the int8 scan agrees with the exact search at %i dimensions, over several slabs",
    (dims) => {
      const index = new VectorIndex(dims);
      for (const v of randomVectors(20_000, dims, 1)) index.add(v);
      let found = 0;
      const queries = randomVectors(20, dims, 2);
      for (const query of queries) {
        const exact = index.search(query, { k: 10, method: "exact" });
        const fast = new Set(index.search(query, { k: 10, method: "int8" }).map((h) => h.row));
        found += exact.filter((h) => fast.has(h.row)).length;
      }
      expect(found / (queries.length * 10)).toBeGreaterThanOrEqual(0.99);
    },
  );

  test("a filter is asked before the best are chosen, not after", () => {
    const index = new VectorIndex(8);
    for (const v of randomVectors(5_000, 8, 3)) index.add(v);
    for (const method of ["exact", "int8"] as const) {
      const hits = index.search(unit([1, 2, 3, 4, 5, 6, 7, 8]), { k: 10, allows: (row) => row % 500 === 0, method });
      expect(hits.length).toBe(10);
      expect(hits.every((h) => h.row % 500 === 0)).toBe(true);
    }
  });

  test("a removed row is gone and its number is used again", () => {
    const index = new VectorIndex(2);
    const [a] = [index.add(unit([1, 0])), index.add(unit([0, 1]))];
    index.remove(a!);
    index.remove(a!);
    expect(index.size).toBe(1);
    expect(index.search(unit([1, 0]), { k: 5 }).map((h) => h.row)).toEqual([1]);
    expect(index.add(unit([1, 0]))).toBe(a);
    expect(index.search(unit([1, 0]), { k: 1, method: "int8" })[0]!.score).toBeCloseTo(1);
  });

  test("a vector of another width is refused with both widths", () => {
    expect(() => new VectorIndex(4).add(new Float32Array(3))).toThrow(
      '`vector` is "[3]"; expected a vector of 4 numbers.',
    );
  });
});
