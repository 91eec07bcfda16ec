import { expect, test } from "vitest";
import { compression, novelNgrams } from "./novelty.ts";

const words = (text: string) => text.split(" ").filter(Boolean);

test("novel n-grams: of four bigrams two are the source's", () => {
  const source = words("the cat sat on the mat");
  expect(novelNgrams(words("the cat sat down there"), source, 2)).toBe(0.5);
  expect(novelNgrams(words("the cat"), source, 2)).toBe(0);
  expect(novelNgrams(words("the cat"), source, 3)).toBe(0);
  expect(() => novelNgrams([], [], 0)).toThrow("`n` is 0; expected a positive integer.");
});

test("compression is source by summary, 0 for an empty summary", () => {
  expect(compression(words("a b"), words("a b c d e"))).toBe(2.5);
  expect(compression([], words("a b"))).toBe(0);
});
