import { describe, expect, test } from "vitest";
import { AnswerParser, type AnswerPart } from "./answer-parser.ts";

/** Parts of a text pushed in pieces of `size`, neighbours of one kind joined. */
function parse(text: string, size: number, options = { withTools: true }): AnswerPart[] {
  const parser = new AnswerParser(options);
  const parts: AnswerPart[] = [];
  for (let at = 0; at < text.length; at += size) parts.push(...parser.push(text.slice(at, at + size)));
  parts.push(...parser.finish());
  return parts.reduce<AnswerPart[]>((joined, part) => {
    const last = joined.at(-1);
    if (last && last.type === part.type && part.type !== "tool-call") (last as { text: string }).text += part.text;
    else joined.push({ ...part });
    return joined;
  }, []);
}

describe.each([1, 3, 7, 1000])("in pieces of %i characters", (size) => {
  test("reasoning, text and calls come in order", () => {
    const text =
      '<think>\nLet me see.</think>\n\nHere:\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>';
    expect(parse(text, size)).toEqual([
      { type: "reasoning", text: "Let me see." },
      { type: "text", text: "Here:\n" },
      { type: "tool-call", name: "f", input: '{"a":1}' },
    ]);
  });

  test("an answer that is one JSON object with a name is a call, where functions were offered", () => {
    const text = '{"name": "f", "parameters": {"city": "Paris"}}';
    expect(parse(text, size)).toEqual([{ type: "tool-call", name: "f", input: '{"city":"Paris"}' }]);
    expect(parse(text, size, { withTools: false })).toEqual([{ type: "text", text }]);
    expect(parse('{"answer": 1}', size)).toEqual([{ type: "text", text: '{"answer": 1}' }]);
  });

  test("what only looks like a mark stays text, and a broken call is shown", () => {
    expect(parse("a < b <thin ice", size)).toEqual([{ type: "text", text: "a < b <thin ice" }]);
    expect(parse("<tool_call>{oops</tool_call>", size)).toEqual([
      { type: "text", text: "<tool_call>{oops</tool_call>" },
    ]);
  });
});
