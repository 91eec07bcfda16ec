import { InputError } from "@loam/core";
import type { Message } from "./request.ts";

/**
 * A conversation that models can follow: each tool's result answers a call of the assistant message before it, and each call
 * has its result before anybody else speaks.
 *
 * @throws {InputError} naming the message.
 */
export function checkMessages(messages: readonly Message[]): void {
  let open = new Map<string, string>();
  let caller = -1;
  for (const [i, message] of messages.entries()) {
    if (message.role === "tool") {
      const id = message.tool_call_id ?? "";
      if (!open.delete(id) && caller < 0) throw orphan(i, id, "no assistant message with `tool_calls` precedes it");
      if (!callsOf(messages[caller]).has(id)) throw orphan(i, id, "the assistant message before it made no such call");
      continue;
    }
    if (open.size > 0) throw unanswered(caller, open);
    open = callsOf(message);
    caller = message.role === "assistant" && open.size > 0 ? i : -1;
  }
  if (open.size > 0) throw unanswered(caller, open);
}

function callsOf(message: Message | undefined): Map<string, string> {
  return new Map(
    (message?.tool_calls ?? []).map((call) => [
      call.id,
      call.type === "custom" ? call.custom.name : call.function.name,
    ]),
  );
}

function orphan(index: number, id: string, why: string): InputError {
  return new InputError(
    "invalid_value",
    `\`messages[${index}]\` with role 'tool' must be a response to a preceding message with 'tool_calls': ${JSON.stringify(id)} is none (${why}).`,
    { details: { name: `messages[${index}].tool_call_id`, got: id } },
  );
}

function unanswered(index: number, open: ReadonlyMap<string, string>): InputError {
  return new InputError(
    "invalid_value",
    `\`messages[${index}]\` with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. ` +
      `These have none: ${[...open.keys()].join(", ")}.`,
    { details: { name: `messages[${index}].tool_calls`, unanswered: [...open.keys()] } },
  );
}
