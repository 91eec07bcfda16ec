import { Rng } from "@loam/core";
import { expect, test } from "vitest";
import { lcsLength, markLcs } from "./lcs.ts";

const rng = new Rng(3);
const sequence = (length: number, alphabet: number) => Int32Array.from({ length }, () => rng.integer(alphabet));

test("a table filled in parts marks the same path as a whole one, and as many positions as the LCS is long", () => {
  for (let round = 0; round < 200; round++) {
    const [a, b] = [sequence(rng.integer(60), 1 + rng.integer(6)), sequence(rng.integer(60), 1 + rng.integer(6))];
    const whole = new Uint8Array(a.length);
    const parts = new Uint8Array(a.length);
    markLcs(a, b, whole);
    markLcs(a, b, parts, { cellsAtATime: 1 });
    expect(parts).toEqual(whole);
    expect(whole.reduce((sum, mark) => sum + mark, 0)).toBe(lcsLength(a, b));
  }
});

test("texts of 12,000 tokens on one line take no table of 144 million cells", () => {
  const [a, b] = [sequence(12_000, 500), sequence(12_000, 500)];
  const before = process.memoryUsage().arrayBuffers;
  const marked = new Uint8Array(a.length);
  markLcs(a, b, marked);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
  expect(marked.reduce((sum, mark) => sum + mark, 0)).toBe(lcsLength(a, b));
});
