import { Answers, type GenerationEvent } from "@loam/platform";
import type { ServerSentEvent } from "../wire/sse.ts";
import { StreamCheck, type StreamGrammar } from "../wire/stream-grammar.ts";
import { type CompletionFacts, toFinishReason, toUsage, toWireLogprob } from "./object.ts";
import type { ChatCompletionRequest } from "./schema.ts";

/** The stream of one choice: the role first, each call's name before its arguments, the end once. */
const choiceGrammar: StreamGrammar = {
  start: ["role"],
  role: ["text", "reasoning", "refusal", "call-start", "finish"],
  text: ["text", "reasoning", "refusal", "call-start", "finish"],
  reasoning: ["text", "reasoning", "refusal", "call-start", "finish"],
  refusal: ["refusal", "finish"],
  "call-start": ["call-delta", "text", "call-start", "finish"],
  "call-delta": ["call-delta", "text", "call-start", "finish"],
  finish: [],
};

type Delta = Record<string, unknown>;

/**
 * Writes a generation as chunks.
 *
 * @param onEnd is given the whole answer before the stream is closed, so that what is stored is there when clients look.
 */
export async function* toChunks(
  facts: CompletionFacts,
  events: AsyncIterable<GenerationEvent>,
  request: ChatCompletionRequest,
  { onEnd }: { onEnd: (answers: Answers) => Promise<void> },
): AsyncGenerator<ServerSentEvent> {
  const includeUsage = request.stream_options?.include_usage === true;
  const answers = new Answers(request.n);
  const checks = answers.choices.map(() => new StreamCheck(choiceGrammar));
  const chunk = (choices: unknown[], usage: unknown = null): ServerSentEvent => ({
    data: { ...facts, object: "chat.completion.chunk", choices, ...(includeUsage ? { usage } : {}) },
  });
  const write = (
    index: number,
    kind: string,
    delta: Delta,
    more: { logprobs?: unknown; finish_reason?: string } = {},
  ) => {
    checks[index]!.step(kind);
    return chunk([{ index, delta, logprobs: null, finish_reason: null, ...more }]);
  };
  for await (const event of events) {
    answers.add(event);
    const { choice } = event;
    if (checks[choice]!.at === "start") yield write(choice, "role", { role: "assistant", content: "", refusal: null });
    const delta = toDelta(event, request);
    if (delta) yield write(choice, event.type, delta, logprobsOf(event));
    if (event.type === "finish")
      yield write(
        choice,
        "finish",
        {},
        { finish_reason: toFinishReason(event.reason, request.functions !== undefined) },
      );
  }
  await onEnd(answers);
  if (includeUsage) yield chunk([], toUsage(answers.usage));
  yield { data: "[DONE]" };
}

function logprobsOf(event: GenerationEvent): { logprobs?: unknown } {
  if (event.type !== "text" || !event.logprobs) return {};
  return { logprobs: { content: event.logprobs.map(toWireLogprob), refusal: null } };
}

function toDelta(event: GenerationEvent, { functions }: ChatCompletionRequest): Delta | undefined {
  switch (event.type) {
    case "text":
      return { content: event.text };
    case "reasoning":
      return { reasoning_content: event.text };
    case "refusal":
      return { refusal: event.text };
    case "call-start": {
      const { call: index, id, name, kind } = event;
      if (functions) return { function_call: { name, arguments: "" } };
      if (kind === "custom") return { tool_calls: [{ index, id, type: "custom", custom: { name, input: "" } }] };
      return { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] };
    }
    case "call-delta":
      if (functions) return { function_call: { arguments: event.text } };
      return { tool_calls: [{ index: event.call, function: { arguments: event.text } }] };
    default:
      return undefined;
  }
}
