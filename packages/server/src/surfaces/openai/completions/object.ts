import type { FinishReason, TokenLogprob, Usage } from "@loam/platform";
import { toUsage } from "../chat-completions/object.ts";

/** A choice or a piece of one. */
export interface TextChoice {
  index: number;
  text: string;
  logprobs: TokenLogprob[] | undefined;
  finishReason: FinishReason | null;
  /** Where the text begins within the choice, in characters. */
  offset: number;
}

export function toTextChoice({ index, text, logprobs, finishReason, offset }: TextChoice) {
  return { text, index, logprobs: logprobs ? toTextLogprobs(logprobs, offset) : null, finish_reason: finishReason };
}

/** Four lists side by side; the first token of a prompt has no probability. */
function toTextLogprobs(tokens: readonly TokenLogprob[], offset: number) {
  let at = offset;
  const offsets = tokens.map(({ token }) => {
    const here = at;
    at += [...token].length;
    return here;
  });
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ token, logprob, top }) =>
      logprob === null
        ? null
        : Object.fromEntries([...top.map((other) => [other.token, other.logprob]), [token, logprob]]),
    ),
    text_offset: offsets,
  };
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  };
}

export const toCompletionUsage = toUsage;
