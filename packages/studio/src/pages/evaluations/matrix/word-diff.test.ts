import { expect, test } from "vitest";
import { wordDiff } from "./word-diff.ts";

test("two outputs are compared by words, Chinese ones too", () => {
  expect(wordDiff("the red boat sails", "the blue boat sails", "en")).toEqual([
    { text: "the ", only: undefined },
    { text: "red", only: "left" },
    { text: "blue", only: "right" },
    { text: " boat sails", only: undefined },
  ]);
  const chinese = wordDiff("我喜欢红色的船", "我喜欢蓝色的船", "zh-CN")!;
  expect(chinese.filter(({ only }) => only).map(({ text, only }) => [text, only])).toEqual([
    ["红色", "left"],
    ["蓝色", "right"],
  ]);
  expect(wordDiff("a", "x".repeat(70_000), "en")).toBeUndefined();
});
