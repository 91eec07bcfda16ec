import type { SummaryEventJson } from "@loam/server";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { ApiError, api, assertOk, read } from "./client.ts";

export const summariesKey = ["summaries"];

export const useSummaries = () =>
  useQuery({ queryKey: summariesKey, queryFn: () => read(api.summaries.$get({ query: {} })) });

export function useDeleteSummary() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.summaries[":id"].$delete({ param: { id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: summariesKey }),
  });
}

export interface SummaryRequest {
  words: number;
  style: "abstract" | "bullets" | "eli5";
  language?: string;
}

/**
 * Has a document summarised, and gives what happens as it comes. Aborting the signal stops the work on the server too.
 *
 * @throws {ApiError} when the server refuses, fails or breaks off.
 */
export async function* summaryEvents(
  document: string,
  request: SummaryRequest,
  signal: AbortSignal,
): AsyncGenerator<Exclude<SummaryEventJson, { type: "error" }>> {
  const response = await assertOk(
    await fetch(`/api/documents/${encodeURIComponent(document)}/summaries`, {
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
      const event = JSON.parse(next.value.data) as SummaryEventJson;
      if (event.type === "error") throw new ApiError(event.error.message, { status: 500, code: event.error.code });
      yield event;
      if (event.type === "done") return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  throw new ApiError("The summary broke off.", { status: 0, code: null });
}
