import type { SummaryEventJson } from "@loam/server";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";
import { postForEvents } from "./event-stream.ts";

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

/** Has a document summarised, and gives what happens as it comes. */
export const summaryEvents = (document: string, body: SummaryRequest, signal: AbortSignal) =>
  postForEvents<SummaryEventJson>(`/api/documents/${encodeURIComponent(document)}/summaries`, {
    body,
    what: "The summary",
    signal,
  });
