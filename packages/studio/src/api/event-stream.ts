import { EventSourceParserStream } from "eventsource-parser/stream";
import { ApiError, assertOk } from "./client.ts";

type StreamEvent = { type: string } | { type: "error"; error: { message: string; code: string | null } };

/**
 * Posts a request whose answer comes as server-sent events, and gives them as they come, up to the one of type `done`.
 * Aborting the signal stops the work on the server too.
 *
 * @param what named in the error when the stream ends too early: "The answer".
 * @throws {ApiError} when the server refuses, fails or the stream breaks off.
 */
export async function* postForEvents<Event extends StreamEvent>(
  path: string,
  { body, what, signal }: { body: unknown; what: string; signal: AbortSignal },
): AsyncGenerator<Exclude<Event, { type: "error" }>> {
  const response = await assertOk(
    await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    }),
  );
  const events = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const event = JSON.parse(next.value.data) as Event;
      if ("error" in event) throw new ApiError(event.error.message, { status: 500, code: event.error.code });
      yield event as Exclude<Event, { type: "error" }>;
      if (event.type === "done") return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  throw new ApiError(`${what} broke off.`, { status: 0, code: null });
}
