import { expect, test } from "vitest";
import { checkChatRow, sayProblem } from "./check-row.ts";
import { toTrainerRow } from "./read-rows.ts";
import { baseLearningRate, resolveHyperparameters, splitTarget } from "./recipe.ts";

const user = { role: "user", content: "a" };
const assistant = { role: "assistant", content: "b" };
const call = (text: unknown, name = "f") => ({
  role: "assistant",
  tool_calls: [{ id: "c1", type: "function", function: { name, arguments: text } }],
});
const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];

test.each([
  ["a plain chat", { messages: [{ role: "system", content: "s" }, user, assistant] }],
  ["parts of text", { messages: [{ role: "user", content: [{ type: "text", text: "a" }] }, assistant] }],
  [
    "calls and their outputs",
    { messages: [user, call("{}"), { role: "tool", tool_call_id: "c1", content: "9" }, assistant], tools },
  ],
  [
    "a legacy function",
    {
      messages: [user, { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } }],
      functions: [{ name: "f" }],
    },
  ],
  ["weights", { messages: [user, { ...assistant, weight: 0 }, user, { ...assistant, weight: 1 }] }],
])("%s is fine", (_name, row) => {
  expect(checkChatRow(row, 1)).toEqual([]);
});

test.each([
  ["no object", [1], ""],
  ["an older format", { prompt: "a", completion: "b" }, "messages"],
  ["an unknown role", { messages: [{ role: "wizard", content: "x" }, assistant] }, "messages[0].role"],
  [
    "a system message in the middle",
    { messages: [user, { role: "system", content: "s" }, assistant] },
    "messages[1].role",
  ],
  ["a number as content", { messages: [{ role: "user", content: 5 }, assistant] }, "messages[0].content"],
  ["nothing to learn from", { messages: [user] }, "messages"],
  ["only weights of 0", { messages: [user, { ...assistant, weight: 0 }] }, "messages"],
  ["a weight on a user's message", { messages: [{ ...user, weight: 1 }, assistant] }, "messages[0].weight"],
  [
    "arguments that are no JSON",
    { messages: [user, call("{not json")], tools },
    "messages[1].tool_calls[0].function.arguments",
  ],
  [
    "arguments that are a list",
    { messages: [user, call("[]")], tools },
    "messages[1].tool_calls[0].function.arguments",
  ],
  [
    "a call of another function",
    { messages: [user, call("{}", "g")], tools },
    "messages[1].tool_calls[0].function.name",
  ],
  [
    "an output without its call",
    { messages: [user, { role: "tool", tool_call_id: "c9", content: "9" }, assistant] },
    "messages[1].tool_call_id",
  ],
  ["a tool without a name", { messages: [user, assistant], tools: [{ type: "function", function: {} }] }, "tools[0]"],
])("%s is told by its path", (_name, row, path) => {
  const problems = checkChatRow(row, 7);
  expect(problems[0]).toMatchObject({ line: 7, path });
  expect(sayProblem(problems[0]!)).toContain("Line 7");
});

test("everything that is wrong with a row is told", () => {
  const row = {
    messages: [
      { role: "user", content: 5 },
      { role: "wizard", content: "x" },
    ],
  };
  expect(checkChatRow(row, 1).map(({ path }) => path)).toEqual(["messages[0].content", "messages[1].role", "messages"]);
});

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
