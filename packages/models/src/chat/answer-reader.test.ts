import { describe, expect, test } from "vitest";
import { AnswerReader } from "./answer-reader.ts";
import { generic } from "./notations/generic.ts";
import { hermes } from "./notations/hermes.ts";
import { llama3 } from "./notations/llama3.ts";
import { mistral } from "./notations/mistral.ts";
import { mistralArgs } from "./notations/mistral-args.ts";
import type { CallNotation } from "./notations/notation.ts";

/** What a text comes to, pushed in pieces of `size`: reasoning, text and whole calls. */
function read(text: string, size: number, notation?: CallNotation): string[] {
  const reader = new AnswerReader({ notation });
  const parts: string[] = [];
  const events = [];
  for (let at = 0; at < text.length; at += size) events.push(...reader.push(text.slice(at, at + size)));
  events.push(...reader.finish());
  let last = "";
  for (const event of events) {
    if (event.type === "call-start") parts.push(`call ${event.name} `);
    else if (event.type === "call-end") parts.push("end");
    else if (event.type === "call-delta") parts[parts.length - 1] += event.text;
    else if (event.type === last) parts[parts.length - 1] += event.text;
    else parts.push(`${event.type} ${event.text}`);
    last = event.type;
  }
  return parts;
}

describe.each([1, 3, 7, 1000])("in pieces of %i characters", (size) => {
  test.each([hermes, generic, llama3, mistral, mistralArgs].map((notation) => [notation.name, notation] as const))(
    "%s: what a grammar of its calls spells is read as these calls",
    (_, notation) => {
      const { opening, joints, frame } = notation;
      const spell = (name: string, json: string) => frame(name).before + json + frame(name).after;
      const one = '{"city": "}\\" ]"}';
      const calls = [spell("get", one), spell("put", "{}")].join(joints.between);
      const text = `Well: ${opening}${joints.first}${calls}${joints.last}`;
      expect(read(text, size, notation)).toEqual(["text Well:", `call get ${one}`, "end", "call put {}", "end"]);
    },
  );

  test("reasoning comes first, and calls only where functions were offered", () => {
    const text =
      '<think>\nLet me see.</think>\n\nHere:\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>';
    expect(read(text, size, hermes)).toEqual(["reasoning Let me see.", "text Here:", 'call f {"a": 1}', "end"]);
    expect(read("<tool_call>x", size)).toEqual(["text <tool_call>x"]);
  });

  test("what only looks like a mark stays text, a broken call is shown, a cut one stays open", () => {
    expect(read("a < b <thin ice", size, hermes)).toEqual(["text a < b <thin ice"]);
    expect(read("<tool_call>oops</tool_call>", size, hermes).join("")).toContain("oops");
    expect(read('<tool_call>\n{"name": "f", "arguments": {"a', size, hermes)).toEqual(['call f {"a']);
  });
});
