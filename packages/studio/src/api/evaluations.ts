import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, postFile, read } from "./client.ts";

const pageSize = 50;

export interface PairRequest {
  candidate: string;
  references: string[];
  metrics?: string[];
  tokenizer: "auto" | "words" | "characters" | "rouge_score";
  stem: boolean;
}

// Names go into the path as they are: the client does not encode them.

/** Scores of a pair; kept on the screen while the next ones are on their way. */
export const usePairScores = (request: PairRequest, { enabled }: { enabled: boolean }) =>
  useQuery({
    queryKey: ["pair-scores", request],
    queryFn: ({ signal }) => read(api.metrics.score.$post({ json: request }, { init: { signal } })),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

export interface AlignRequest {
  metric: string;
  candidate: string;
  reference: string;
  tokenizer: PairRequest["tokenizer"];
  stem: boolean;
  order?: number;
}

export const usePairAlignment = (request: AlignRequest, { enabled = true }: { enabled?: boolean } = {}) =>
  useQuery({
    queryKey: ["pair-alignment", request],
    queryFn: ({ signal }) => read(api.metrics.align.$post({ json: request }, { init: { signal } })),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Every metric, with what it needs. */
export const useMetrics = () =>
  useQuery({
    queryKey: ["metrics"],
    queryFn: () => read(api.metrics.$get()),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Datasets of examples, by name. */
export const useExampleSets = () =>
  useQuery({ queryKey: ["datasets"], queryFn: () => read(api.datasets.$get()), staleTime: 0 });

export interface TableRows {
  columns: string[];
  rows: Record<string, unknown>[];
  omitted: boolean;
}

/** Reads a table as evaluations do. */
export const useReadTable = () =>
  useMutation({ mutationFn: (file: File) => postFile<TableRows>("/api/evaluations/rows", file) });

/** What an evaluation is asked to do, as the server takes it. */
export type EvaluationOrder = Parameters<typeof api.evaluations.$post>[0]["json"];

export function useStartEvaluation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: EvaluationOrder) => read(api.evaluations.$post({ json })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["evaluations"] }),
  });
}

export function useDeleteEvaluation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.evaluations[":id"].$delete({ param: { id: encodeURIComponent(id) } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["evaluations"] }),
  });
}

/** Asks again while a run is being made. */
export const useEvaluations = () =>
  useQuery({
    queryKey: ["evaluations"],
    queryFn: () => read(api.evaluations.$get()),
    staleTime: 0,
    refetchInterval: (query) =>
      query.state.data?.some(({ state }) => state === "running" || state === "queued") ? 2000 : 10_000,
  });

export const useEvaluation = (id: string) =>
  useQuery({
    queryKey: ["evaluation", id],
    queryFn: () => read(api.evaluations[":id"].$get({ param: { id: encodeURIComponent(id) } })),
    refetchInterval: (query) => (query.state.data?.state === "finished" ? false : 2000),
  });

export interface RowFilter {
  query?: string;
  sort?: string;
  order?: "ascending" | "descending";
  show?: RowsShown;
  /** For rows that turned between two systems. */
  metric?: string;
  left?: string;
  right?: string;
}

export type RowsShown = "pinned" | "marked" | "failed" | "turned" | "better" | "worse";

export const useEvaluationRows = (id: string, filter: RowFilter) =>
  useInfiniteQuery({
    queryKey: ["evaluation-rows", id, filter],
    queryFn: ({ pageParam }) =>
      read(
        api.evaluations[":id"].rows.$get({
          param: { id: encodeURIComponent(id) },
          query: { ...filter, limit: String(pageSize), offset: String(pageParam) },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const loaded = pages.reduce((sum, { rows }) => sum + rows.length, 0);
      return loaded < last.total ? loaded : undefined;
    },
    placeholderData: keepPreviousData,
  });

export const useEvaluationRow = (id: string, row: string) =>
  useQuery({
    queryKey: ["evaluation-row", id, row],
    queryFn: () =>
      read(
        api.evaluations[":id"].rows[":row"].$get({
          param: { id: encodeURIComponent(id), row: encodeURIComponent(row) },
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Says something of an output, or of a row where no system is named; shown at once everywhere. */
export function useMark(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: {
      row: string;
      system?: string;
      thumb?: 1 | -1 | null;
      note?: string | null;
      pinned?: boolean;
    }) => read(api.evaluations[":id"].marks.$put({ param: { id: encodeURIComponent(id) }, json })),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ["evaluation-rows", id] }),
        client.invalidateQueries({ queryKey: ["evaluation-row", id] }),
      ]);
    },
  });
}

/** Asks a system anew for a row. */
export function useRemakeOutput(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: { row: string; system: string }) =>
      read(api.evaluations[":id"].again.$post({ param: { id: encodeURIComponent(id) }, json })),
    onSuccess: () =>
      client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("evaluation") }),
  });
}

export const useComparison = (id: string, query: { left: string; right: string; with?: string }) =>
  useQuery({
    queryKey: ["evaluation-comparison", id, query],
    queryFn: () => read(api.evaluations[":id"].compare.$get({ param: { id: encodeURIComponent(id) }, query })),
    placeholderData: keepPreviousData,
  });

/** Where a run can be had as a file. */
export const reportUrl = (id: string, format: "csv" | "json" | "markdown" | "html"): string =>
  `/api/evaluations/${encodeURIComponent(id)}/report?format=${format}`;
