import { ArgumentError, leave } from "@loam/core";
import type { TextGenerator } from "../generation/generate.ts";
import type { GenerateOptions, TokenLogprobs } from "../generation/generation.ts";
import type { ChatMessage, ChatTemplateOptions } from "../tokenizers/chat-template.ts";
import { type AnswerEvent, AnswerReader } from "./answer-reader.ts";
import { argumentsConstraint, callConstraint, offeredTools, type ToolChoice } from "./call-constraint.ts";
import type { ChatTool } from "./chat-tool.ts";
import { notationOf } from "./notations/index.ts";
import { renderPrompt } from "./prompt.ts";

export interface AnswerOptions extends GenerateOptions {
  tools?: readonly ChatTool[];
  toolChoice?: ToolChoice;
  /** Several calls in one answer; true unless said otherwise. A choice by name gives one call in any case. */
  parallelCalls?: boolean;
  /** Further variables of the chat template, such as `enable_thinking`. */
  templateVariables?: ChatTemplateOptions;
}

/** A piece of an answer, with the tokens that it brought to an end where `logprobs` were asked for. */
export type AnswerPiece = AnswerEvent & { tokens?: TokenLogprobs[] };

export interface AnswerEnd {
  /** `tool-calls` when a call has been made and the answer was not cut. */
  finishReason: "stop" | "length" | "tool-calls";
  promptTokens: number;
  cachedTokens: number;
  /** The mark that ended the answer counts. */
  newTokens: number;
  reasoningTokens: number;
  /** The stop string that ended the answer, if one did. */
  stoppedBy?: string;
}

/**
 * Answers a conversation, piece by piece. A model without a chat template continues the messages' plain text.
 *
 * @throws {ArgumentError} when the messages hold no token.
 */
export async function* answer(
  generator: TextGenerator,
  messages: readonly ChatMessage[],
  options: AnswerOptions = {},
): AsyncGenerator<AnswerPiece, AnswerEnd> {
  const { tools = [], toolChoice = "auto", parallelCalls = true, templateVariables, ...generateOptions } = options;
  const { model } = generator;
  const notation = notationOf(model.chatTemplate);
  const { offered, forced } = offeredTools(tools, toolChoice);
  const prompt = await renderPrompt(model, messages, offered, templateVariables);
  if (prompt.ids.length === 0) throw new ArgumentError("messages", messages, "at least one token of text");
  const { constraint: text } = generateOptions;
  const only = forced && offered.length === 1 && (forced === "one" || !parallelCalls) ? offered[0] : undefined;
  const constraint = only
    ? argumentsConstraint(only)
    : (callConstraint(notation, offered, { forced, parallelCalls, text }) ?? text);
  const reader = new AnswerReader({
    notation: offered.length > 0 ? notation : undefined,
    startsInReasoning: !forced && /<think>\s*$/.test(prompt.text),
  });
  // What stands around the arguments of the one call there can be need not be written by the model.
  const frame = only && notation.frame(only.name);
  const begun = frame ? notation.opening + notation.joints.first + frame.before : "";
  if (begun) prompt.ids.push(...model.tokenizer!.encode(begun, { addSpecialTokens: false }).ids);
  yield* reader.push(begun);
  const stream = generator.stream(prompt.ids, { ...generateOptions, constraint });
  let tokens: TokenLogprobs[] = [];
  let called = false;
  let thinking = 0;
  try {
    for (;;) {
      const next = await stream.next();
      const rest = next.done && frame && next.value.finishReason === "stop" ? frame.after + notation.joints.last : "";
      const pieces: AnswerPiece[] = next.done
        ? [...reader.push(rest), ...reader.finish()]
        : reader.push(next.value.text);
      if (!next.done && next.value.logprobs && !model.eosTokenIds.includes(next.value.id))
        tokens.push(next.value.logprobs);
      if (pieces.some(({ type }) => type === "reasoning")) thinking++;
      for (const [i, piece] of pieces.entries()) {
        called ||= piece.type === "call-end";
        if (i < pieces.length - 1 || tokens.length === 0) yield piece;
        else {
          yield { ...piece, tokens };
          tokens = [];
        }
      }
      if (!next.done) continue;
      if (tokens.length > 0) yield { type: "text", text: "", tokens };
      const { finishReason, promptTokens, cachedTokens = 0, ids, stoppedBy } = next.value;
      return {
        finishReason: called && finishReason === "stop" ? "tool-calls" : finishReason,
        promptTokens,
        cachedTokens,
        newTokens: ids.length,
        reasoningTokens: thinking,
        ...(stoppedBy === undefined ? {} : { stoppedBy }),
      };
    }
  } finally {
    // Who leaves in the middle of an answer gives its place back.
    await leave(stream);
  }
}
