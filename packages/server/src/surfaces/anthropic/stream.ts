import { Answers, type GenerationEvent } from "@loam/platform";
import type { ServerSentEvent } from "../openai/wire/sse.ts";
import { StreamCheck, type StreamGrammar } from "../openai/wire/stream-grammar.ts";
import { toStopReason, toToolUseId, toUsage } from "./object.ts";

/** The stream of a message: blocks one after the other, each opened and closed. */
const messageGrammar: StreamGrammar = {
  start: ["message_start"],
  message_start: ["ping", "content_block_start"],
  ping: ["content_block_start"],
  content_block_start: ["content_block_delta", "content_block_stop"],
  content_block_delta: ["content_block_delta", "content_block_stop"],
  content_block_stop: ["content_block_start", "message_delta"],
  message_delta: ["message_stop"],
  message_stop: [],
};

type Block = "text" | "thinking" | "tool_use";

export async function* toMessageStream(
  { id, model, inputTokens }: { id: string; model: string; inputTokens: number },
  events: AsyncIterable<GenerationEvent>,
): AsyncGenerator<ServerSentEvent> {
  const check = new StreamCheck(messageGrammar);
  const write = (type: string, data: object): ServerSentEvent => {
    check.step(type);
    return { event: type, data: { type, ...data } };
  };
  const answers = new Answers();
  let index = -1;
  let open: Block | undefined;
  const close = function* (): Generator<ServerSentEvent> {
    if (open === "thinking")
      yield write("content_block_delta", { index, delta: { type: "signature_delta", signature: "" } });
    if (open) yield write("content_block_stop", { index });
    open = undefined;
  };
  const start = function* (block: Block, content_block: object): Generator<ServerSentEvent> {
    yield* close();
    open = block;
    yield write("content_block_start", { index: ++index, content_block: { type: block, ...content_block } });
  };
  let begun = false;
  for await (const event of events) {
    answers.add(event);
    if (!begun) {
      begun = true;
      const usage = { ...toUsage(answers.usage), input_tokens: inputTokens, output_tokens: 1 };
      const message = {
        id,
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      };
      yield write("message_start", { message });
      yield write("ping", {});
    }
    if (event.type === "text" || event.type === "refusal") {
      if (event.text === "") continue;
      if (open !== "text") yield* start("text", { text: "" });
      yield write("content_block_delta", { index, delta: { type: "text_delta", text: event.text } });
    } else if (event.type === "reasoning") {
      if (open !== "thinking") yield* start("thinking", { thinking: "", signature: "" });
      yield write("content_block_delta", { index, delta: { type: "thinking_delta", thinking: event.text } });
    } else if (event.type === "call-start") {
      yield* start("tool_use", { id: toToolUseId(event.id), name: event.name, input: {} });
    } else if (event.type === "call-delta") {
      yield write("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: event.text } });
    } else if (event.type === "finish") {
      if (index < 0) yield* start("text", { text: "" });
      yield* close();
      const stop_reason = toStopReason(event.reason, event.stoppedBy);
      const delta = { stop_reason, stop_sequence: event.stoppedBy ?? null };
      yield write("message_delta", { delta, usage: toUsage(answers.usage) });
      yield write("message_stop", {});
    }
  }
}
