import { EventSourceParserStream } from "eventsource-parser/stream";
import { ApiError, assertOk } from "./client.ts";

type StreamEvent = { type: string } | { type: "error"; error: { message: string; code: string | null } };

interface StreamRequest {
  body: unknown;
  /** Named in the error when the stream ends too early: "The answer". */
  what: string;
  signal: AbortSignal;
}

/**
 * Posts a request whose answer comes as server-sent events, and gives them as they come. Aborting the signal stops the
 * work on the server too.
 *
 * @throws {ApiError} when the server refuses or fails.
 */
export async function* postForStream<Event>(
  path: string,
  { body, what, signal }: StreamRequest,
): AsyncGenerator<Event> {
  const response = await assertOk(
    await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    }),
  );
  if (!response.body) throw brokenOff(what);
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (next.value.data === "[DONE]") return; // how streams of /v1 end
      yield JSON.parse(next.value.data) as Event;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/**
 * The events of such a stream up to the one of type `done`.
 *
 * @throws {ApiError} when the server refuses or fails, an event of type `error` comes, or the stream breaks off.
 */
export async function* postForEvents<Event extends StreamEvent>(
  path: string,
  request: StreamRequest,
): AsyncGenerator<Exclude<Event, { type: "error" }>> {
  for await (const event of postForStream<Event>(path, request)) {
    if ("error" in event) throw new ApiError(event.error.message, { status: 500, code: event.error.code });
    yield event as Exclude<Event, { type: "error" }>;
    if (event.type === "done") return;
  }
  throw brokenOff(request.what);
}

const brokenOff = (what: string): ApiError => new ApiError(`${what} broke off.`, { status: 0, code: null });
