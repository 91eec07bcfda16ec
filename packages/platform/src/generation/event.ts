/** A token's probability. */
export interface TokenLogprob {
  token: string;
  id?: number;
  /** Natural logarithm; null for the first token of a prompt, which nothing precedes. */
  logprob: number | null;
  /** The token's UTF-8, of which characters may need several; null where the provider does not say. */
  bytes: number[] | null;
  top: { token: string; id?: number; logprob: number; bytes: number[] | null }[];
}

/** Tokens read and written. Reasoning counts as written, cached ones as read. */
export interface Usage {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

/**
 * A piece of an answer. For each choice: reasoning, text and calls in the order in which they were written, one call after
 * the other, and `finish` last. Its usage counts the prompt, which choices share, each time.
 */
export type GenerationEvent = { choice: number } & (
  | { type: "text"; text: string; logprobs?: TokenLogprob[] }
  | { type: "reasoning"; text: string }
  | { type: "refusal"; text: string }
  /** `call` counts the calls of the choice from 0. */
  | { type: "call-start"; call: number; id: string; name: string; kind: "function" | "custom" }
  /** A piece of a function's arguments (JSON text) or of a custom tool's input. */
  | { type: "call-delta"; call: number; text: string }
  | { type: "call-end"; call: number }
  /** `stoppedBy`: the text of `stop` that came, where the model is of this machine. */
  | { type: "finish"; reason: FinishReason; usage: Usage; stoppedBy?: string }
);
