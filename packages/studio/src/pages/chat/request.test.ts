import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { toCode } from "./code-samples.ts";
import { parseFunctions, parseSchema, toRequest, usualSettings } from "./request.ts";

const weather = { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } };

test("functions may be a list or one, tools or bare", () => {
  const tools = [{ type: "function", function: weather }];
  for (const text of [weather, [weather], tools[0], tools].map((value) => JSON.stringify(value)))
    expect(parseFunctions(text)).toEqual({ value: tools });
  expect(parseFunctions(" ")).toEqual({ value: [] });
});

test.each([
  ["{", /JSON/],
  ['{"name": "get weather"}', /^\[0\]\.name is "get weather"; expected 1 to 64/],
  [JSON.stringify([weather, weather]), /^\[1\]\.name: get_weather stands there twice/],
  ['{"name": "a", "parameters": {"type": "array"}}', /^\[0\]\.parameters: expected/],
  ['{"name": "a", "parameters": {"type": "object", "required": ["x"]}}', /required names "x"/],
])("%s is refused by its place", (text, problem) => {
  expect(parseFunctions(text).problem).toMatch(problem);
});

test("a schema is an object", () => {
  expect(parseSchema("[]").problem).toContain("a JSON Schema is an object");
  expect(parseSchema("")).toEqual({ value: undefined });
});

const settings = {
  ...usualSettings,
  system: "Be brief.",
  seed: "7",
  functions: JSON.stringify(weather),
  logprobs: true,
};
const request = toRequest("tiny", [{ role: "user", content: "It's 5 o'clock — “now”\nor 现在?" }], settings);

test("a request says what was set, and leaves out what was not", () => {
  expect(request).toMatchObject({ seed: 7, logprobs: true, tools: [{ function: { name: "get_weather" } }] });
  expect(request.messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(toRequest("tiny", [], usualSettings)).toEqual({
    model: "tiny",
    messages: [],
    temperature: 0.7,
    max_completion_tokens: 400,
  });
});

test("copied code sends the same request", () => {
  const shell = toCode("curl", request, "http://h").replace(/^curl \S+ \\\n.*\\\n {2}-d /, "printf %s ");
  expect(JSON.parse(execFileSync("sh", ["-c", shell], { encoding: "utf8" }))).toEqual(request);
  const typescript = toCode("typescript", request, "http://h");
  expect(JSON.parse(/create\((.*)\);\nconsole/s.exec(typescript)![1]!)).toEqual(request);
  const python = toCode("python", request, "http://h");
  expect(python).toContain("    logprobs=True,\n");
  expect(python).toContain('            "content": "It\'s 5 o\'clock — “now”\\nor 现在?",\n');
});
