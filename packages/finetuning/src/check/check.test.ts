import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkTrainingFile } from "./check-file.ts";
import { checkRow } from "./check-row.ts";
import { fixTrainingFile } from "./fix-file.ts";
import { sayProblem } from "./problem.ts";
import { RowChecker } from "./row-checker.ts";

const user = { role: "user", content: "a" };
const assistant = { role: "assistant", content: "b" };
const parameters = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 }, unit: { enum: ["C", "F"] } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [{ type: "function", function: { name: "weather", parameters } }];
const call = (text: unknown, name = "weather", id: unknown = "c1") => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name, arguments: text } }],
});
const output = { role: "tool", tool_call_id: "c1", content: "9" };
const legacy = { role: "assistant", content: null, function_call: { name: "weather", arguments: '{"city": "Oslo"}' } };
const functions = [{ name: "weather", parameters }];
const good = call('{"city": "Oslo"}');
const chosen = [{ role: "assistant", content: "yes" }];
const rejected = [{ role: "assistant", content: "no" }];
const pair = (more = {}) => ({
  input: { messages: [user] },
  preferred_output: chosen,
  non_preferred_output: rejected,
  ...more,
});

test.each([
  ["a chat", { messages: [{ role: "system", content: "s" }, user, assistant] }],
  ["parts of text", { messages: [{ role: "user", content: [{ type: "text", text: "a" }] }, assistant] }],
  ["calls and outputs", { messages: [user, good, output, assistant], tools }],
  ["a call at the end", { messages: [user, call('{"city": "Oslo", "days": 2, "unit": "C"}')], tools }],
  [
    "a legacy function",
    { messages: [user, legacy, { role: "function", name: "weather", content: "9" }, assistant], functions },
  ],
  ["weights", { messages: [user, { ...assistant, weight: 0 }, user, { ...assistant, weight: 1 }] }],
  ["a preference", pair()],
  [
    "a preference between a call and an answer",
    { input: { messages: [user], tools }, preferred_output: [good], non_preferred_output: rejected },
  ],
  ["a question for graders", { messages: [user], reference_answer: "42" }],
])("%s is fine", (_, row) => {
  expect(checkRow(row, 1).filter(({ severity }) => severity === "error")).toEqual([]);
});

type Fault = [name: string, line: unknown, path: string, options?: { fixed?: boolean; warning?: boolean }];

/** Faults as they are met in the field: what stands in the line, and the place that has to be told. */
const faults: Fault[] = [
  ["no JSON", '{"messages": [', ""],
  ["single quotes", "{'messages': []}", ""],
  [
    "a comma behind the object",
    `${JSON.stringify({ messages: [user, { role: "assistant", content: "comma" }] })},`,
    "",
    { fixed: true },
  ],
  ["no object", [1], ""],
  ["rows of prompt and completion", { prompt: "q", completion: "r" }, "messages", { fixed: true }],
  ["rows of Alpaca", { instruction: "q", input: "", output: "alpaca" }, "messages", { fixed: true }],
  [
    "rows of ShareGPT",
    {
      conversations: [
        { from: "human", value: "q" },
        { from: "gpt", value: "share" },
      ],
    },
    "messages",
    { fixed: true },
  ],
  ["no messages", { messages: [] }, "messages"],
  ["a slip in a field", { mesages: [user, { role: "assistant", content: "slip" }] }, "messages", { fixed: true }],
  ["a message that is none", { messages: ["hello", assistant] }, "messages[0]"],
  [
    "another name of a role",
    { messages: [{ role: "human", content: "x" }, assistant] },
    "messages[0].role",
    { fixed: true },
  ],
  ["an unknown role", { messages: [{ role: "wizard", content: "x" }, assistant] }, "messages[0].role"],
  ["no role", { messages: [{ content: "x" }, assistant] }, "messages[0].role"],
  [
    "a system message in the middle",
    { messages: [user, { role: "system", content: "s" }, assistant] },
    "messages[1].role",
    { fixed: true },
  ],
  ["an answer before any question", { messages: [assistant] }, "messages[0].role", { warning: true }],
  [
    "two answers in a row",
    { messages: [user, assistant, { role: "assistant", content: "again" }] },
    "messages[2].role",
    { warning: true },
  ],
  [
    "a question at the end",
    { messages: [user, assistant, { role: "user", content: "and?" }] },
    "messages[2].role",
    { warning: true },
  ],
  [
    "a number as content",
    { messages: [{ role: "user", content: 5 }, assistant] },
    "messages[0].content",
    { fixed: true },
  ],
  ["no content", { messages: [{ role: "user" }, assistant] }, "messages[0].content"],
  ["an empty answer", { messages: [user, { role: "assistant", content: " " }] }, "messages[1].content"],
  [
    "an image",
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }, assistant] },
    "messages[0].content[0].type",
  ],
  [
    "a part without text",
    { messages: [{ role: "user", content: [{ type: "text" }] }, assistant] },
    "messages[0].content[0].text",
  ],
  [
    "NUL in a text",
    { messages: [{ role: "user", content: "a\0b" }, assistant] },
    "messages[0].content",
    { fixed: true },
  ],
  [
    "half a character",
    '{"messages": [{"role": "user", "content": "\\ud83d"}, {"role": "assistant", "content": "b"}]}',
    "messages[0].content",
    { fixed: true },
  ],
  [
    "a slip in a message's field",
    { messages: [{ role: "user", contents: "x" }, assistant] },
    "messages[0].contents",
    { fixed: true },
  ],
  ["nothing to learn from", { messages: [user] }, "messages"],
  ["only weights of 0", { messages: [user, { ...assistant, weight: 0 }] }, "messages"],
  ["a weight on a question", { messages: [{ ...user, weight: 1 }, assistant] }, "messages[0].weight", { fixed: true }],
  ["a weight of a half", { messages: [user, { ...assistant, weight: 0.5 }] }, "messages[1].weight"],
  ["a weight as text", { messages: [user, { ...assistant, weight: "1" }] }, "messages[1].weight", { fixed: true }],
  [
    "arguments that are no text",
    { messages: [user, call({ city: "Bergen" })], tools },
    "messages[1].tool_calls[0].function.arguments",
    { fixed: true },
  ],
  [
    "arguments that are no JSON",
    { messages: [user, call("{city: Oslo}")], tools },
    "messages[1].tool_calls[0].function.arguments",
  ],
  [
    "arguments that are a list",
    { messages: [user, call("[]")], tools },
    "messages[1].tool_calls[0].function.arguments",
  ],
  [
    "an argument too few",
    { messages: [user, call('{"days": 2}')], tools },
    "messages[1].tool_calls[0].function.arguments.city",
  ],
  [
    "an argument of the wrong type",
    { messages: [user, call('{"city": "Oslo", "days": "2"}')], tools },
    "messages[1].tool_calls[0].function.arguments.days",
  ],
  [
    "an argument out of range",
    { messages: [user, call('{"city": "Oslo", "days": 0}')], tools },
    "messages[1].tool_calls[0].function.arguments.days",
  ],
  [
    "an argument that is none of its choices",
    { messages: [user, call('{"city": "Oslo", "unit": "K"}')], tools },
    "messages[1].tool_calls[0].function.arguments.unit",
  ],
  [
    "an argument that nobody knows",
    { messages: [user, call('{"city": "Oslo", "day": 2}')], tools },
    "messages[1].tool_calls[0].function.arguments.day",
  ],
  [
    "a legacy call that leaves out what is required",
    { messages: [user, { ...legacy, function_call: { name: "weather", arguments: "{}" } }], functions },
    "messages[1].function_call.arguments.city",
    { warning: true },
  ],
  [
    "a call that leaves out what is required",
    { messages: [user, call('{"days": 3}')], tools },
    "messages[1].tool_calls[0].function.arguments.city",
  ],
  ["another function", { messages: [user, call("{}", "whether")], tools }, "messages[1].tool_calls[0].function.name"],
  ["no functions told of", { messages: [user, good] }, "messages[1].tool_calls[0].function.name", { warning: true }],
  [
    "a call without an id",
    { messages: [user, call('{"city": "Rome"}', "weather", null)], tools },
    "messages[1].tool_calls[0].id",
    { fixed: true },
  ],
  [
    "an output without its call",
    { messages: [user, { ...output, tool_call_id: "x9" }, assistant] },
    "messages[1].tool_call_id",
  ],
  ["a call without its output", { messages: [user, good, user, assistant], tools }, "messages[2].role"],
  [
    "an output of another legacy function",
    { messages: [user, legacy, { role: "function", name: "time", content: "9" }, assistant], functions },
    "messages[2].name",
  ],
  [
    "a tool without a name",
    { messages: [user, assistant], tools: [{ type: "function", function: {} }] },
    "tools[0].function.name",
  ],
  [
    "a tool without its type",
    { messages: [user, { role: "assistant", content: "no type" }], tools: [{ function: { name: "f" } }] },
    "tools[0].type",
    { fixed: true },
  ],
  [
    "a definition that is not below function",
    { messages: [user, { role: "assistant", content: "flat" }], tools: [{ type: "function", name: "f" }] },
    "tools[0]",
    { fixed: true },
  ],
  [
    "a name with spaces",
    { messages: [user, assistant], functions: [{ name: "get the weather" }] },
    "functions[0].name",
  ],
  [
    "two functions of one name",
    { messages: [user, assistant], functions: [{ name: "f" }, { name: "f" }] },
    "functions[1].name",
  ],
  [
    "parameters that are no schema",
    {
      messages: [user, assistant],
      functions: [{ name: "f", parameters: { type: "object", properties: { a: { type: "text" } } } }],
    },
    "functions[0].parameters.properties.a.type",
  ],
  [
    "tools as text",
    { messages: [user, { role: "assistant", content: "tools as text" }], tools: JSON.stringify(tools) },
    "tools",
    { fixed: true },
  ],
  ["tools and functions", { messages: [user, assistant], tools, functions }, "functions"],
  [
    "two calls where one is allowed",
    {
      messages: [
        user,
        { role: "assistant", content: null, tool_calls: [...good.tool_calls, { ...good.tool_calls[0]!, id: "c2" }] },
      ],
      tools,
      parallel_tool_calls: false,
    },
    "messages[1].tool_calls",
  ],
  [
    "two calls of one id",
    {
      messages: [user, { role: "assistant", content: null, tool_calls: [good.tool_calls[0], good.tool_calls[0]] }],
      tools,
    },
    "messages[1].tool_calls[1].id",
  ],
  ["the same row again", { messages: [user, assistant] }, "", { warning: true }],
];

test("a file with more than forty kinds of faults: every one is told by line and path", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loam-check-"));
  const sound = JSON.stringify({ messages: [user, assistant] });
  const lines = faults.map(([, line]) => (typeof line === "string" ? line : JSON.stringify(line)));
  const path = join(folder, "faults.jsonl");
  writeFileSync(path, `${[sound, ...lines].join("\n")}\n`);
  const { rows, wrong, problems } = await checkTrainingFile(path);
  expect(rows).toBe(faults.length + 1);
  for (const [i, [name, , where, { warning = false } = {}]] of faults.entries()) {
    const found = problems.filter(({ line }) => line === i + 2);
    expect(
      found.map(({ path }) => path),
      name,
    ).toContain(where);
    const told = found.find((problem) => problem.path === where)!;
    expect(told.severity, name).toBe(warning ? "warning" : "error");
    expect(sayProblem(told), name).toMatch(new RegExp(`^Line ${i + 2}.* is .+; expected .+\\.`));
  }
  expect(problems.filter(({ line }) => line === 1)).toEqual([]);
  expect(wrong).toBe(faults.filter(([, , , options]) => !options?.warning).length);
});

test("what can be mended is, once, and the rest is left out by its line", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loam-fix-"));
  const path = join(folder, "faults.jsonl");
  writeFileSync(path, faults.map(([, line]) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  const before = readFileSync(path, "utf8");
  const report = await fixTrainingFile(path, join(folder, "fixed.jsonl"));
  const stays = faults.map(([, , , options]) => options?.fixed || options?.warning);
  expect(report.leftOutLines).toEqual(stays.flatMap((fits, i) => (fits ? [] : [i + 1])));
  expect(report.check.wrong).toBe(0);
  expect(report.check.rows).toBe(report.kept + report.mended);
  expect(readFileSync(path, "utf8")).toBe(before);
  const text = readFileSync(report.output, "utf8");
  expect(text).toContain('"arguments":"{\\"city\\":\\"Bergen\\"}"');
  expect(text).toContain('{"role":"user","content":"q"},{"role":"assistant","content":"share"}');
});

describe("preferences and questions for graders", () => {
  test.each([
    ["no input", { preferred_output: chosen, non_preferred_output: rejected }, "input"],
    ["input without messages", pair({ input: { messages: [] } }), "input.messages"],
    ["input that ends with an answer", pair({ input: { messages: [user, assistant] } }), "input.messages[1].role"],
    ["an output that is text", pair({ preferred_output: "yes" }), "preferred_output"],
    ["two messages as output", pair({ non_preferred_output: [...rejected, ...rejected] }), "non_preferred_output"],
    ["an output of the user", pair({ preferred_output: [user] }), "preferred_output[0].role"],
    ["one output missing", { input: { messages: [user] }, preferred_output: chosen }, "non_preferred_output"],
    ["equal outputs", pair({ non_preferred_output: chosen }), "non_preferred_output"],
  ])("%s", (_, row, path) => {
    expect(checkRow(row, 3, "preference").map((problem) => problem.path)).toContain(path);
  });

  test("a question for graders ends with the user", () => {
    expect(checkRow({ messages: [user, assistant], answer: "4" }, 1, "reinforcement")).toMatchObject([
      { path: "messages[1].role", severity: "error" },
    ]);
    expect(checkRow({ messages: [user] }, 1, "reinforcement")).toMatchObject([{ path: "", severity: "warning" }]);
  });
});

test("the fix is told: what to write, and where", () => {
  const row = { messages: [user, call('{"city": "Oslo", "dayss": 2}', "wether")], tools };
  expect(checkRow(row, 7).map(sayProblem)).toEqual([
    'Line 7, `messages[1].tool_calls[0].function.name` is "wether"; expected one of the row\'s tools: weather. Write "weather".',
  ]);
  const slip = { messages: [user, call('{"city": "Oslo", "dayss": 2}')], tools };
  expect(checkRow(slip, 7).map(sayProblem)).toEqual([
    'Line 7, `messages[1].tool_calls[0].function.arguments.dayss` is 2; expected one of city, days, unit. Rename it to "days".',
  ]);
});

test("everything that is wrong with a row is told", () => {
  const row = {
    messages: [
      { role: "user", content: 5 },
      { role: "wizard", content: "x" },
    ],
  };
  expect(checkRow(row, 1).map(({ path }) => path)).toEqual(["messages[0].content", "messages[1].role", "messages"]);
});

test("rows that are too long are told with their tokens, and short ones are not counted", () => {
  const counted: unknown[] = [];
  const checker = new RowChecker({
    maxTokens: 100,
    countTokens: (row) => {
      counted.push(row);
      return 250;
    },
  });
  checker.check(JSON.stringify({ messages: [user, assistant] }));
  const long = checker.check(JSON.stringify({ messages: [user, { role: "assistant", content: "word ".repeat(50) }] }));
  expect(counted).toHaveLength(1);
  expect(long!.problems).toMatchObject([{ got: '"250 tokens long"', severity: "warning" }]);
});
