import type { ChatMessage, ToolCall } from "./request.ts";

/** A token with how likely the model held it to be. */
export interface Token {
  text: string;
  logprob: number;
  /** What else it might have said, likeliest first. */
  others: { text: string; logprob: number }[];
}

/** An answer as far as it has come. */
export interface Answer {
  state: "waiting" | "writing" | "done" | "stopped" | "failed";
  text: string;
  reasoning: string;
  tokens: Token[];
  calls: ToolCall[];
  finishReason?: string;
  promptTokens?: number;
  completionTokens?: number;
  /** Milliseconds until the first token, and for all of them. */
  firstMs?: number;
  totalMs?: number;
  error?: unknown;
}

export const newAnswer: Answer = { state: "waiting", text: "", reasoning: "", tokens: [], calls: [] };

/** A chunk of `POST /v1/chat/completions` with `stream`. */
export interface Chunk {
  choices: {
    delta: {
      content?: string | null;
      reasoning_content?: string | null;
      tool_calls?: { index: number; id?: string; function?: { name?: string; arguments?: string } }[];
    };
    logprobs?: {
      content?: { token: string; logprob: number; top_logprobs?: { token: string; logprob: number }[] }[] | null;
    } | null;
    finish_reason?: string | null;
  }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
}

/** The answer after one more chunk, which came so many milliseconds after the question. */
export function addChunk(answer: Answer, { choices: [choice], usage }: Chunk, ms: number): Answer {
  const next = { ...answer };
  if (usage) Object.assign(next, { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens });
  if (!choice) return next;
  const { content, reasoning_content: reasoning, tool_calls: calls = [] } = choice.delta;
  if (content || reasoning || calls.length > 0) {
    next.firstMs ??= ms;
    next.state = "writing";
  }
  if (content) next.text += content;
  if (reasoning) next.reasoning += reasoning;
  const tokens = choice.logprobs?.content;
  if (tokens?.length)
    next.tokens = [
      ...next.tokens,
      ...tokens.map(({ token, logprob, top_logprobs = [] }) => ({
        text: token,
        logprob,
        others: top_logprobs
          .filter((other) => other.token !== token)
          .map((other) => ({ text: other.token, logprob: other.logprob })),
      })),
    ];
  for (const { index, id, function: part } of calls) {
    const known = next.calls[index];
    next.calls = [...next.calls];
    next.calls[index] = {
      id: id ?? known?.id ?? "",
      type: "function",
      function: {
        name: (known?.function.name ?? "") + (part?.name ?? ""),
        arguments: (known?.function.arguments ?? "") + (part?.arguments ?? ""),
      },
    };
  }
  if (choice.finish_reason) next.finishReason = choice.finish_reason;
  next.totalMs = ms;
  return next;
}

/** Tokens a second after the first one. */
export function tokensPerSecond({ completionTokens, firstMs, totalMs }: Answer): number | undefined {
  if (completionTokens === undefined || firstMs === undefined || totalMs === undefined) return undefined;
  if (completionTokens < 2 || totalMs <= firstMs) return undefined;
  return (1000 * (completionTokens - 1)) / (totalMs - firstMs);
}

/** An answer as the message that it is in the turns after it. */
export const toMessage = ({ text, calls }: Answer): ChatMessage => ({
  role: "assistant",
  content: text === "" && calls.length > 0 ? null : text,
  ...(calls.length > 0 && { tool_calls: calls }),
});

/** From 0 (certain) to 1 (a guess among many), for a colour. */
export const doubtOf = (logprob: number): number => 1 - Math.exp(logprob);
