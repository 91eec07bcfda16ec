import { ArgumentError } from "@loam/core";
import type { TextGenerator } from "../generation/generate.ts";
import type { GenerateOptions } from "../generation/generation.ts";
import type { ChatMessage } from "../tokenizers/chat-template.ts";
import { AnswerReader } from "./answer-reader.ts";
import { callConstraint } from "./call-constraint.ts";
import type { ChatTool } from "./chat-tool.ts";
import { notationOf } from "./notations/index.ts";
import { renderPrompt } from "./prompt.ts";

/** A conversation that is to be answered by function calls. */
export interface CallRequest {
  messages: readonly ChatMessage[];
  tools: readonly ChatTool[];
  /** More than one call may be made. */
  several?: boolean;
}

export interface CallManyOptions extends Pick<GenerateOptions, "maxNewTokens" | "signal"> {
  /** "constrained" makes every answer a call whose arguments fit their schema; "free" lets the model write what it likes. */
  decoding?: "constrained" | "free";
}

export interface ManyCallsAnswer {
  calls: { name: string; input: string }[];
  /** All that was written. */
  text: string;
  /**
   * How much the model wants to call: log-probability of the token that opens calls, as the first of the answer, minus that
   * of the most probable other one, in nats. Undefined where decoding is free.
   */
  margin?: number;
}

/**
 * Answers several conversations side by side, greedily. Constrained, each is answered by a call and told with how much the
 * model wanted to call at all, so that the decision can be made, or its threshold moved, afterwards.
 *
 * @throws {ArgumentError} when the model has no tokenizer.
 */
export async function callMany(
  generator: TextGenerator,
  requests: readonly CallRequest[],
  { decoding = "constrained", maxNewTokens = 110, signal }: CallManyOptions = {},
): Promise<ManyCallsAnswer[]> {
  const { model } = generator;
  const { tokenizer } = model;
  if (!tokenizer) throw new ArgumentError("model", model.name, "a model with a tokenizer");
  const notation = notationOf(model.chatTemplate);
  const prompts = await Promise.all(
    requests.map(async ({ messages, tools }) => (await renderPrompt(model, messages, tools)).ids),
  );
  const constraints = requests.map(({ tools, several = false }) =>
    decoding === "free"
      ? undefined
      : callConstraint(notation, tools, { forced: several ? "some" : "one", parallelCalls: several }),
  );
  const generations = await generator.generate(prompts, {
    constraints,
    maxNewTokens,
    signal,
    logprobs: 2,
    temperature: 0,
  });
  return generations.map(({ text, logprobs }): ManyCallsAnswer => {
    const reader = new AnswerReader({ notation });
    const calls: ManyCallsAnswer["calls"] = [];
    let open: { name: string; input: string } | undefined;
    for (const part of [...reader.push(text), ...reader.finish()]) {
      if (part.type === "call-start") open = { name: part.name, input: "" };
      else if (part.type === "call-delta" && open) open.input += part.text;
      else if (part.type === "call-end" && open) calls.push(open);
    }
    const first = logprobs?.[0];
    if (decoding === "free" || !first) return { calls, text };
    const other = first.top.find(({ id }) => id !== first.id);
    return { calls, text, margin: first.logprob - (other?.logprob ?? Number.NEGATIVE_INFINITY) };
  });
}
