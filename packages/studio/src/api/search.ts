import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, read } from "./client.ts";

export interface SearchRequest {
  query: string;
  mode: "hybrid" | "vector" | "keyword";
  kinds?: ("text" | "figure" | "table")[];
  documents?: string[];
  k: number;
}

export const useSearch = (request: SearchRequest) =>
  useQuery({
    queryKey: ["search", request],
    queryFn: ({ signal }) => read(api.search.$post({ json: request }, { init: { signal } })),
    enabled: request.query.trim() !== "",
    placeholderData: keepPreviousData,
  });
