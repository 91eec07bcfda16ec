import { expect, test } from "vitest";
import { toTrainerRow } from "./read-rows.ts";
import { baseLearningRate, resolveHyperparameters, splitTarget } from "./recipe.ts";

test("rows become the trainer's: texts, system messages and tools", () => {
  const row = {
    messages: [
      { role: "developer", content: "s" },
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "9" },
    ],
    functions: [{ name: "f" }],
  };
  expect(toTrainerRow(row)).toEqual({
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: "ab" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_legacy_1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", content: "9", tool_call_id: "call_legacy_1", name: "f" },
    ],
    tools: [{ type: "function", function: { name: "f" } }],
  });
});

test("auto becomes numbers: a thousand rows are read in all, a fiftieth of them at once", () => {
  const auto = { n_epochs: "auto", batch_size: "auto", learning_rate_multiplier: "auto" } as const;
  expect(resolveHyperparameters(auto, 10)).toEqual({ n_epochs: 10, batch_size: 1, learning_rate_multiplier: 1 });
  expect(resolveHyperparameters(auto, 300)).toEqual({ n_epochs: 3, batch_size: 6, learning_rate_multiplier: 1 });
  expect(resolveHyperparameters(auto, 50_000)).toEqual({ n_epochs: 1, batch_size: 8, learning_rate_multiplier: 1 });
  expect(resolveHyperparameters({ ...auto, n_epochs: 2, batch_size: 64 }, 10)).toMatchObject({
    n_epochs: 2,
    batch_size: 10,
  });
  expect(baseLearningRate(2000)).toBeCloseTo(5e-4);
  expect(baseLearningRate(64)).toBe(5e-3);
  expect(splitTarget("local:/a/b+/c/d")).toEqual(["/a/b", "/c/d"]);
  expect(splitTarget("local:Qwen/Qwen2.5+x")).toEqual(["Qwen/Qwen2.5+x", undefined]);
});
