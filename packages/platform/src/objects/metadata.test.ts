import { expect, test } from "vitest";
import { readMetadata } from "./metadata.ts";

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

test("sixteen pairs, keys of 64 and values of 512 characters are the most", () => {
  expect(Object.keys(readMetadata(pairs(16)))).toHaveLength(16);
  expect(readMetadata({ ["k".repeat(64)]: "v".repeat(512) })).toBeTruthy();
  expect(readMetadata(null)).toEqual({});
});

test("what is over a limit is named", () => {
  expect(() => readMetadata(pairs(17))).toThrow('`metadata` is "17 pairs"');
  expect(() => readMetadata({ ["k".repeat(65)]: "v" })).toThrow("65 characters");
  expect(() => readMetadata({ k: "v".repeat(513) })).toThrow("`metadata.k`");
  expect(() => readMetadata({ k: 5 })).toThrow("`metadata.k` is 5");
  expect(() => readMetadata([1])).toThrow("pairs of text");
});
