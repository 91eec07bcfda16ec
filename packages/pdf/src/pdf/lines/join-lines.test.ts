import { expect, test } from "vitest";
import { joinLines } from "./join-lines.ts";

test("a divided word is joined without its hyphen", () => {
  expect(joinLines(["the com-", "piler emits"])).toBe("the compiler emits");
  expect(joinLines(["soft\u00ad", "ware"])).toBe("software");
});

test("a real hyphen stays", () => {
  expect(joinLines(["the state-of-the-", "art model"])).toBe("the state-of-the-art model");
  expect(joinLines(["multi-head self-", "attention"])).toBe("multi-head self-attention");
  expect(joinLines(["as GPT-", "4 does"])).toBe("as GPT-4 does");
  expect(joinLines(["Navier-", "Stokes"])).toBe("Navier-Stokes");
});

test("no space comes between Chinese lines, and one between Chinese and English ones", () => {
  expect(joinLines(["检索增强生成是", "一种方法。"])).toBe("检索增强生成是一种方法。");
  expect(joinLines(["我们使用", "Transformer 模型"])).toBe("我们使用 Transformer 模型");
});

test("a web address goes on without a space", () => {
  expect(joinLines(["see https://example.org/", "papers"])).toBe("see https://example.org/papers");
});
