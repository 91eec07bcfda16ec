import { expect, test } from "vitest";
import { ctcDecode } from "./ctc-decode.ts";

const alphabet = ["", "a", "b", "（", "中", " "];

/** One row a step: the class and its probability, and how likely a space is. */
function steps(...rows: [best: number, probability: number, space?: number][]): Float32Array {
  const out = new Float32Array(rows.length * alphabet.length);
  rows.forEach(([best, probability, space = 0], t) => {
    out[t * alphabet.length + 5] = space;
    out[t * alphabet.length + best] = probability;
  });
  return out;
}

test("repeats are merged, blanks dropped, and a blank between equal characters keeps both", () => {
  expect(ctcDecode(steps([1, 0.9], [1, 0.8], [0, 1], [1, 0.7], [2, 1]), alphabet).text).toBe("aab");
});

test("the confidence is the mean over the first step of each character", () => {
  expect(ctcDecode(steps([1, 0.5], [1, 0.9], [0, 1], [2, 1]), alphabet).confidence).toBeCloseTo(0.75);
  expect(ctcDecode(steps([0, 1]), alphabet)).toEqual({ text: "", confidence: 0 });
});

test("a likely space between Latin letters is read though blank is likelier; between Chinese characters it is not", () => {
  expect(ctcDecode(steps([1, 1], [0, 0.8, 0.15], [2, 1]), alphabet).text).toBe("a b");
  expect(ctcDecode(steps([1, 1], [0, 0.9, 0.05], [2, 1]), alphabet).text).toBe("ab");
  expect(ctcDecode(steps([4, 1], [0, 0.8, 0.15], [4, 1]), alphabet).text).toBe("中中");
});

test("full-width brackets become ASCII in a Latin line and stay in a Chinese one", () => {
  expect(ctcDecode(steps([3, 1], [1, 1]), alphabet).text).toBe("(a");
  expect(ctcDecode(steps([3, 1], [4, 1]), alphabet).text).toBe("（中");
});
