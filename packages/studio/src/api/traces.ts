import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, read } from "./client.ts";

const pageSize = 50;

export interface TraceFilter {
  query?: string;
  status?: "ok" | "error";
  kind?: string;
  model?: string;
  project?: string;
  tag?: string;
}

/** Newest first, page by page. */
export const useTraces = (filter: TraceFilter) =>
  useInfiniteQuery({
    queryKey: ["traces", filter],
    queryFn: ({ pageParam }) =>
      read(api.traces.$get({ query: { ...filter, limit: String(pageSize), before: pageParam } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.length < pageSize ? undefined : last.at(-1)!.id),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

/** Between two readings of the list, however many traces come. */
const rereadMs = 1000;

/** Keeps the list as it is on the server while it is open. A stream that broke goes on where it was. */
export function useTraceEvents(project: string | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    const query = project === undefined ? "" : `?project=${encodeURIComponent(project)}`;
    const source = new EventSource(`/api/trace-events${query}`);
    let waiting: ReturnType<typeof setTimeout> | undefined;
    source.onmessage = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void client.invalidateQueries({ queryKey: ["traces"] });
      }, rereadMs);
    };
    return () => {
      source.close();
      clearTimeout(waiting);
    };
  }, [client, project]);
}

export const useTrace = (id: string) =>
  useQuery({ queryKey: ["trace", id], queryFn: () => read(api.traces[":id"].$get({ param: { id } })) });

/** Whole traces, one after the other. */
export async function readTraces(ids: readonly string[]) {
  const traces = [];
  for (const id of ids) traces.push(await read(api.traces[":id"].$get({ param: { id } })));
  return traces;
}
