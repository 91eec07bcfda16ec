import { expect, test } from "vitest";
import { readMessages, toReplay } from "./replay.ts";

const question = { role: "user", content: "Hi" };

test.each([
  ["a list", [question]],
  ["a request", { messages: [question] }],
  ["a batch of one", { messages: [[question]] }],
  ["parts", [{ role: "user", parts: [{ type: "text", content: "Hi" }] }]],
  ["another client's words", [{ type: "human", content: [{ type: "text", text: "Hi" }] }]],
  ["a bare text", "Hi"],
])("messages are read from %s", (_, input) => {
  expect(readMessages(input)).toEqual([question]);
});

test("a call becomes a conversation with its settings, functions and answer", () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  const call = { id: "c1", type: "function" as const, function: { name: "f", arguments: "{}" } };
  const input = { messages: [{ role: "system", content: "Be brief." }, question], temperature: 0.1, tools };
  const output = { choices: [{ message: { role: "assistant", content: null, tool_calls: [call] } }] };
  const replay = toReplay({ input, output, model: "tiny", attributes: { "gen_ai.request.max_tokens": 9 } })!;
  expect(replay).toMatchObject({ model: "tiny", messages: [question], answer: { state: "done", calls: [call] } });
  expect(replay.settings).toMatchObject({ system: "Be brief.", temperature: 0.1, maxTokens: 9 });
  expect(JSON.parse(replay.settings.functions!)).toEqual(tools);
  expect(toReplay({ input: { chunk: 3 }, output: null, model: null, attributes: {} })).toBeUndefined();
});
