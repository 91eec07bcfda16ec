import { expect, test } from "vitest";
import { addChunk, newAnswer, tokensPerSecond, toMessage } from "./answer.ts";

const delta = (fields: object, more: object = {}) => ({ choices: [{ delta: fields, ...more }] });

test("chunks add up to a text with its tokens, speed and end", () => {
  const top = [
    { token: "Hey", logprob: -1 },
    { token: "Hello", logprob: -0.5 },
  ];
  let answer = addChunk(newAnswer, delta({ content: "" }), 5);
  expect(answer.firstMs).toBeUndefined();
  answer = addChunk(
    answer,
    delta({ content: "Hey" }, { logprobs: { content: [{ token: "Hey", logprob: -1, top_logprobs: top }] } }),
    100,
  );
  answer = addChunk(answer, delta({ content: " you" }, { finish_reason: "stop" }), 150);
  answer = addChunk(answer, { choices: [], usage: { prompt_tokens: 4, completion_tokens: 2 } }, 151);
  expect(answer).toMatchObject({ text: "Hey you", finishReason: "stop", firstMs: 100, totalMs: 150, promptTokens: 4 });
  expect(answer.tokens).toEqual([{ text: "Hey", logprob: -1, others: [{ text: "Hello", logprob: -0.5 }] }]);
  expect(tokensPerSecond(answer)).toBe(20);
});

test("pieces of calls are joined by their index", () => {
  const pieces = [
    [{ index: 0, id: "call_1", function: { name: "a", arguments: "" } }],
    [{ index: 0, function: { arguments: '{"x"' } }],
    [{ index: 1, id: "call_2", function: { name: "b", arguments: "{}" } }],
    [{ index: 0, function: { arguments: ":1}" } }],
  ];
  const answer = pieces.reduce((now, tool_calls) => addChunk(now, delta({ tool_calls }), 1), newAnswer);
  expect(toMessage(answer)).toEqual({
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "call_1", type: "function", function: { name: "a", arguments: '{"x":1}' } },
      { id: "call_2", type: "function", function: { name: "b", arguments: "{}" } },
    ],
  });
});
