import { expect, test } from "vitest";
import { areaUnderCurve, thresholdRefusing } from "./decision.ts";
import { rowsAsBenchmark } from "./from-rows.ts";
import { type BenchmarkAnswer, type FunctionCaller, runBenchmark } from "./run-benchmark.ts";
import { scoreBenchmark } from "./score-benchmark.ts";

const tool = {
  type: "function",
  function: {
    name: "add",
    description: "Adds numbers",
    parameters: { type: "object", properties: { a: { type: "integer" }, b: { type: "number" } }, required: ["a"] },
  },
};
const row = (content: string, call?: string) => ({
  messages: [
    { role: "user", content },
    call
      ? { role: "assistant", content: null, tool_calls: [{ function: { name: "add", arguments: call } }] }
      : { role: "assistant", content: "No function fits." },
  ],
  tools: [tool],
});
const categories = rowsAsBenchmark("own", [
  row("Add 2 and 3.5", '{"a": 2, "b": 3.5}'),
  row("Add 7", '{"a": 7}'),
  row("Sing"),
]);

/** Calls with the first number, and wants to where the request says so. */
const caller: FunctionCaller = {
  name: "test",
  batchSize: 2,
  call: async (rows) =>
    rows.map(({ messages }) => {
      const text = messages.at(-1)!.content;
      return {
        calls: [{ name: "add", input: `{"a": ${/\d+/.exec(text)?.[0] ?? 0}}` }],
        margin: text.startsWith("Add") ? 3 : -2,
      };
    }),
};

test("a model's calls are scored by category, and its decision to call by the margin", async () => {
  const asked: BenchmarkAnswer[] = [];
  const answers = await runBenchmark(categories, caller, { onAnswer: (answer) => void asked.push(answer) });
  expect(asked).toHaveLength(3);
  const { categories: scores, decision } = scoreBenchmark(categories, answers);
  expect(scores).toMatchObject([
    { category: "own_multiple", rows: 2, constrained: 50, auto: 50, called: 100 },
    { category: "own_irrelevance", rows: 1, auto: 100, called: 0 },
  ]);
  expect(scores[0]!.rule).toBe(50);
  expect(decision).toEqual([{ category: "own_multiple", against: "own_irrelevance", auc: 1 }]);
  expect(scoreBenchmark(categories, answers, { threshold: 5 }).categories[0]).toMatchObject({ auto: 0, called: 0 });
});

test("answers of an earlier run are not asked for again", async () => {
  const known = await runBenchmark(categories, caller);
  let asked = 0;
  const again = await runBenchmark(
    categories,
    { ...caller, call: (rows, how) => ((asked += rows.length), caller.call(rows, how)) },
    { known: known.slice(1) },
  );
  expect(asked).toBe(1);
  expect(again).toEqual(known);
});

test("areas and thresholds", () => {
  expect(areaUnderCurve([3, 2], [1, 2])).toBe(0.875);
  expect(thresholdRefusing([4, 1, 2, 3], 0.5)).toBe(2);
  expect(thresholdRefusing([4, 1, 2, 3], 1)).toBe(4);
});
