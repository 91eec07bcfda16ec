import { readFileSync } from "node:fs";
import { ChatTemplate } from "@loam/models";
import { describe, expect, test } from "vitest";
import { goldenPath } from "../../test/golden.ts";
import { marksOf } from "../trainer/example-segments.ts";
import { chatSegments, type RenderChat } from "./chat-segments.ts";
import type { ChatMessage } from "./example.ts";

interface Recorded {
  tokens: Record<string, string>;
  families: {
    family: string;
    template: string;
    cases: { name: string; messages: ChatMessage[]; tools?: unknown[]; text: string; spans: [number, number][] }[];
  }[];
}

const { tokens, families } = JSON.parse(readFileSync(goldenPath("chat-masks.json")!, "utf8")) as Recorded;

/** The spans of text that are learned, as the reference counts them: by code points. */
function learnedSpans(segments: readonly { text: string; supervised: boolean }[]): string[] {
  return segments.filter(({ supervised }) => supervised).map(({ text }) => text);
}

describe.each(families)("$family", ({ template, cases }) => {
  const chatTemplate = new ChatTemplate(template, tokens);
  const render: RenderChat = (messages, { tools, addGenerationPrompt }) =>
    chatTemplate.render(
      messages.map((message) => ({ ...message, content: message.content ?? "" })),
      { tools, addGenerationPrompt },
    );

  test.each(cases)("$name: the text is the template's, and what is learned is what TRL learns", (recorded) => {
    const { messages, tools, text, spans } = recorded;
    const segments = chatSegments({ kind: "chat", messages, tools }, render, marksOf({ chatTemplate }));
    expect(segments.map((segment) => segment.text).join("")).toBe(text);
    expect(learnedSpans(segments)).toEqual(joined(text, spans));
  });
});

/** Spans that touch are one. */
function joined(text: string, spans: readonly [number, number][]): string[] {
  const all: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = all.at(-1);
    if (last?.[1] === from) last[1] = to;
    else all.push([from, to]);
  }
  const points = [...text];
  return all.map(([from, to]) => points.slice(from, to).join(""));
}

test("the first Llama 3 template, which ends with a header that nobody asked for: the header is not learned", () => {
  const source =
    "{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}";
  const chatTemplate = new ChatTemplate(source);
  const render: RenderChat = (messages, options) => chatTemplate.render(messages as never, options);
  const messages = [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
    { role: "user", content: "c" },
    { role: "assistant", content: "d" },
  ] as ChatMessage[];
  const segments = chatSegments({ kind: "chat", messages }, render, marksOf({ chatTemplate }));
  expect(learnedSpans(segments)).toEqual(["b<|eot_id|>", "d<|eot_id|>"]);
});
