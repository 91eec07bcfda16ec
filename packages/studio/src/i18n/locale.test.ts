import { expect, test } from "vitest";
import { chooseLocale } from "./locale.ts";

test.each([
  [null, ["zh-TW", "en"], "zh-CN"],
  [null, ["de", "zh", "en"], "zh-CN"],
  [null, ["en-GB", "zh-CN"], "en"],
  [null, ["fr"], "en"],
  [null, [], "en"],
  ["en", ["zh-CN"], "en"],
  ["tlh", ["zh-CN"], "zh-CN"],
] as const)("chosen %s, browser %s → %s", (stored, asked, expected) => {
  expect(chooseLocale(stored, asked)).toBe(expected);
});
