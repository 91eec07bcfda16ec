import type { TextGenerator } from "../generation/generate.ts";
import type { FinishReason } from "../generation/generation.ts";
import type { ChatMessage } from "../tokenizers/chat-template.ts";
import { type AnswerOptions, answer } from "./answer.ts";

export type ChatOptions = AnswerOptions;

/** A piece of an answer; a call comes as a whole, its `input` JSON text. */
export type ChatPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "tool-call"; name: string; input: string };

export interface ChatResult {
  finishReason: FinishReason | "tool-calls";
  promptTokens: number;
  newTokens: number;
}

/**
 * Answers a conversation like {@link answer}, with whole calls.
 *
 * @returns how the answer ended, with token counts.
 */
export async function* chat(
  generator: TextGenerator,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): AsyncGenerator<ChatPart, ChatResult> {
  const pieces = answer(generator, messages, options);
  let call: { name: string; input: string } | undefined;
  for (;;) {
    const next = await pieces.next();
    if (next.done) return next.value;
    const piece = next.value;
    if (piece.type === "call-start") call = { name: piece.name, input: "" };
    else if (piece.type === "call-delta") call!.input += piece.text;
    else if (piece.type === "call-end") yield { type: "tool-call", ...call! };
    else if (piece.text) yield { type: piece.type, text: piece.text };
  }
}
