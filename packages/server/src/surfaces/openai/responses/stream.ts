import type { NumberedEvent } from "@loam/platform";
import type { ServerSentEvent } from "../wire/sse.ts";
import { StreamCheck, type StreamGrammar } from "../wire/stream-grammar.ts";

const itemOpens = ["response.output_item.added"];
const ends = ["response.completed", "response.incomplete", "response.failed"];
const afterItem = [...itemOpens, ...ends];
const filled = (delta: string, done: string): StreamGrammar => ({ [delta]: [delta, done, "response.failed"] });

/** The stream of a response: each item opened, filled and closed before the next, and one end. */
const responseGrammar: StreamGrammar = {
  start: ["response.created"],
  "response.created": ["response.queued", "response.in_progress", "response.failed"],
  "response.queued": ["response.in_progress", "response.failed"],
  "response.in_progress": afterItem,
  "response.output_item.added": [
    "response.content_part.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
    "response.file_search_call.in_progress",
    "response.failed",
  ],
  "response.content_part.added": [
    "response.output_text.delta",
    "response.output_text.done",
    "response.refusal.delta",
    "response.refusal.done",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.failed",
  ],
  "response.output_text.delta": [
    "response.output_text.delta",
    "response.output_text.annotation.added",
    "response.output_text.done",
    "response.failed",
  ],
  "response.output_text.annotation.added": ["response.output_text.annotation.added", "response.output_text.done"],
  ...filled("response.refusal.delta", "response.refusal.done"),
  ...filled("response.reasoning_text.delta", "response.reasoning_text.done"),
  ...filled("response.function_call_arguments.delta", "response.function_call_arguments.done"),
  ...filled("response.custom_tool_call_input.delta", "response.custom_tool_call_input.done"),
  "response.output_text.done": ["response.content_part.done"],
  "response.refusal.done": ["response.content_part.done"],
  "response.reasoning_text.done": ["response.content_part.done"],
  "response.content_part.done": ["response.output_item.done"],
  "response.function_call_arguments.done": ["response.output_item.done"],
  "response.custom_tool_call_input.done": ["response.output_item.done"],
  "response.file_search_call.in_progress": ["response.file_search_call.searching"],
  "response.file_search_call.searching": ["response.file_search_call.completed"],
  "response.file_search_call.completed": ["response.output_item.done"],
  "response.output_item.done": afterItem,
  "response.completed": [],
  "response.incomplete": [],
  "response.failed": [],
};

/** @param whole whether the stream begins at its beginning, so that it can be followed through its grammar. */
export async function* toResponseStream(
  events: AsyncIterable<NumberedEvent>,
  { whole }: { whole: boolean },
): AsyncGenerator<ServerSentEvent> {
  const check = new StreamCheck(responseGrammar);
  for await (const event of events) {
    if (whole) check.step(event.type);
    yield { event: event.type, data: event };
  }
}
