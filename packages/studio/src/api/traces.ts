import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
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

export const useTrace = (id: string) =>
  useQuery({ queryKey: ["trace", id], queryFn: () => read(api.traces[":id"].$get({ param: { id } })) });

/** Whole traces, one after the other. */
export async function readTraces(ids: readonly string[]) {
  const traces = [];
  for (const id of ids) traces.push(await read(api.traces[":id"].$get({ param: { id } })));
  return traces;
}
