import { InputError } from "@loam/core";
import type { ChatMessage, Example } from "./example.ts";
import type { Segment } from "./prompt-template.ts";

/** Renders messages with a model's chat template; `addGenerationPrompt` ends with the opening of an assistant turn. */
export type RenderChat = (
  messages: readonly ChatMessage[],
  options: { tools?: unknown[]; addGenerationPrompt: boolean },
) => string;

/**
 * Splits a rendered chat into segments: what the assistant wrote (its end-of-turn mark included) is supervised, the rest is
 * not. The spans are found by rendering every prefix that ends before and after an assistant turn.
 *
 * @throws {InputError} `chat_template` when the template does not render a conversation as a prefix of its continuation.
 */
export function chatSegments({ messages, tools }: Extract<Example, { kind: "chat" }>, render: RenderChat): Segment[] {
  const segments: Segment[] = [];
  let done = "";
  const extend = (rendered: string, supervised: boolean): void => {
    if (!rendered.startsWith(done)) {
      throw new InputError(
        "chat_template",
        "The chat template renders a conversation differently once it goes on, so the assistant's text cannot be told apart.",
        {
          details: { before: done.slice(-80), after: rendered.slice(0, done.length).slice(-80) },
          hint: "set `template` to alpaca or plain, or use the model's training template",
        },
      );
    }
    if (rendered.length > done.length) segments.push({ text: rendered.slice(done.length), supervised });
    done = rendered;
  };
  for (const [i, message] of messages.entries()) {
    if (message.role !== "assistant" || message.weight === 0) continue;
    extend(render(messages.slice(0, i), { tools, addGenerationPrompt: true }), false);
    extend(render(messages.slice(0, i + 1), { tools, addGenerationPrompt: false }), true);
  }
  return mergeNeighbours(segments);
}

function mergeNeighbours(segments: readonly Segment[]): Segment[] {
  const merged: Segment[] = [];
  for (const segment of segments) {
    const last = merged.at(-1);
    if (last && last.supervised === segment.supervised) last.text += segment.text;
    else merged.push({ ...segment });
  }
  return merged;
}
