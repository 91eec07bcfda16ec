import type { AnswerEventJson } from "@loam/server";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { ApiError, assertOk } from "./client.ts";

export interface AskRequest {
  question: string;
  documents?: string[];
  conversation?: string;
}

/**
 * Asks, and gives the answer's events as they come. Aborting the signal stops the work on the server too.
 *
 * @throws {ApiError} when the server refuses, fails or the answer breaks off.
 */
export async function* askEvents(
  request: AskRequest,
  signal: AbortSignal,
): AsyncGenerator<Exclude<AnswerEventJson, { type: "error" }>> {
  const response = await assertOk(
    await fetch("/api/ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      signal,
    }),
  );
  const events = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const event = JSON.parse(next.value.data) as AnswerEventJson;
      if (event.type === "error") throw new ApiError(event.error.message, { status: 500, code: event.error.code });
      yield event;
      if (event.type === "done") return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  throw new ApiError("The answer broke off.", { status: 0, code: null });
}
