import { expect, test } from "vitest";
import { costUsd, mergePrices } from "./prices.ts";

const usage = { inputTokens: 1_000_000, outputTokens: 500_000 };

test("cost is tokens times price, cached input at its own price", () => {
  expect(costUsd({ provider: "openai", model: "gpt-4o-mini", usage })).toBeCloseTo(0.15 + 0.3, 12);
  expect(costUsd({ model: "gpt-4o-mini", usage: { ...usage, cacheReadTokens: 400_000 } })).toBeCloseTo(
    0.6 * 0.15 + 0.4 * 0.075 + 0.3,
    12,
  );
  expect(costUsd({ model: "text-embedding-3-small", usage: { inputTokens: 50 } })).toBeCloseTo(1e-6, 12);
});

test("a dated id has the price of its model, a variant does not", () => {
  expect(costUsd({ model: "gpt-4o-mini-2024-07-18", usage })).toBeCloseTo(0.45, 12);
  expect(costUsd({ model: "claude-haiku-4-5-20251001", usage })).toBeCloseTo(3.5, 12);
  expect(costUsd({ model: "gpt-4o-mini-audio-preview", usage })).toBeNull();
  expect(costUsd({ model: "ft:gpt-4o-mini:org::id", usage })).toBeNull();
});

test("an unknown cost is null, a model on this machine costs 0", () => {
  expect(costUsd({ model: "who-knows", usage })).toBeNull();
  expect(costUsd({ model: undefined, usage })).toBeNull();
  expect(costUsd({ model: "gpt-4o", usage: { inputTokens: 5 } })).toBeNull();
  expect(costUsd({ model: "constructor", usage })).toBeNull();
  expect(costUsd({ provider: "local", model: "use-lite", usage: {} })).toBe(0);
});

test("own prices go over the table", () => {
  expect(costUsd({ model: "gpt-4o", usage }, mergePrices({ "gpt-4o": { input: 1, output: 2 } }))).toBe(2);
});

test("a price in another currency is converted, and one named with its provider wins where several serve a model", () => {
  expect(costUsd({ provider: "deepseek", model: "deepseek-chat", usage })).toBeCloseTo((2 + 1.5) * 0.14, 12);
  expect(costUsd({ provider: "groq", model: "openai/gpt-oss-20b", usage })).toBeCloseTo(0.075 + 0.15, 12);
  expect(costUsd({ provider: "elsewhere", model: "openai/gpt-oss-20b", usage })).toBeNull();
});
