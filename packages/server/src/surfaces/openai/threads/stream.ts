import type { RunEvent } from "@loam/platform";
import type { ServerSentEvent } from "../wire/sse.ts";
import { StreamCheck, type StreamGrammar } from "../wire/stream-grammar.ts";
import { toMessageObject, toRunObject, toStepObject, toThreadObject } from "./object.ts";

const ends = ["run.completed", "run.incomplete", "run.failed", "run.cancelled", "run.expired", "run.requires_action"];
const stepEnds = ["step.completed", "step.failed", "step.cancelled", "step.expired"];
const betweenSteps = ["step.created", "run.cancelling", ...ends];
const messageEnds = ["message.completed", "message.incomplete"];

/**
 * Which event of a run may follow which. A step or message is opened only after the last one is closed, and every stream
 * ends with how its run stands.
 */
const runGrammar: StreamGrammar = {
  start: ["thread.created", "run.created", "run.queued", "step.completed"],
  "thread.created": ["run.created"],
  "run.created": ["run.queued"],
  "run.queued": ["run.in_progress", "run.cancelling", ...ends],
  "run.in_progress": betweenSteps,
  "run.cancelling": [...messageEnds, ...stepEnds, ...ends],
  "step.created": ["step.in_progress"],
  "step.in_progress": ["message.created", "step.delta", "run.cancelling", ...stepEnds, ...ends],
  "step.delta": ["step.delta", "run.cancelling", ...stepEnds, ...ends],
  "message.created": ["message.in_progress"],
  "message.in_progress": ["message.delta", "run.cancelling", ...messageEnds],
  "message.delta": ["message.delta", "run.cancelling", ...messageEnds],
  "message.completed": stepEnds,
  "message.incomplete": stepEnds,
  "step.completed": [...betweenSteps, "run.queued", "step.completed"],
  "step.failed": ends,
  "step.cancelled": ends,
  "step.expired": ends,
  ...Object.fromEntries(ends.map((end) => [end, []])),
};

/** Writes what happens in a run as Assistants' clients read it, and `done` in the end. */
export async function* toRunStream(events: AsyncIterable<RunEvent>): AsyncGenerator<ServerSentEvent> {
  const check = new StreamCheck(runGrammar);
  for await (const event of events) {
    const { name, data } = toWire(event);
    // While a run is being cancelled its answer may still be on its way; it is in the message that is closed next.
    if (check.at === "run.cancelling" && name.endsWith(".delta")) continue;
    check.step(name);
    yield { event: eventName(name), data };
  }
  yield { event: "done", data: "[DONE]" };
}

/** `step.*` in the grammar is `thread.run.step.*` on the wire. */
function eventName(name: string): string {
  if (name === "thread.created") return name;
  return name.startsWith("step.") ? `thread.run.${name}` : `thread.${name}`;
}

function toWire(event: RunEvent): { name: string; data: unknown } {
  switch (event.type) {
    case "thread":
      return { name: "thread.created", data: toThreadObject(event.thread) };
    case "run":
      return { name: `run.${event.change}`, data: toRunObject(event.run) };
    case "step":
      return { name: `step.${event.change}`, data: toStepObject(event.step) };
    case "step-delta": {
      const step_details = { type: "tool_calls", tool_calls: event.calls };
      return {
        name: "step.delta",
        data: { id: event.stepId, object: "thread.run.step.delta", delta: { step_details } },
      };
    }
    case "message":
      return { name: `message.${event.change}`, data: toMessageObject(event.message) };
    case "message-delta": {
      const annotations = event.annotations?.map((annotation, index) => ({ index, ...annotation }));
      const text = { value: event.text, ...(annotations ? { annotations } : {}) };
      const delta = { content: [{ index: 0, type: "text", text }] };
      return { name: "message.delta", data: { id: event.messageId, object: "thread.message.delta", delta } };
    }
  }
}
