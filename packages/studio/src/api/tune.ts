import type { DatasetResultJson, RunEventJson, RunJson, SideBySideEventJson } from "@loam/server";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, postFile, read } from "./client.ts";
import { postForStream } from "./event-stream.ts";

/** A recipe in which base, dataset and adapter are named by id. */
export type Draft = Record<string, unknown>;

const keys = {
  bases: ["tune", "bases"],
  datasets: ["tune", "datasets"],
  runs: ["tune", "runs"],
  adapters: ["tune", "adapters"],
} as const;

export const useRecipeSchema = () =>
  useQuery({
    queryKey: ["tune", "schema"],
    queryFn: () => read(api.tune.schema.$get()),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useBases = () => useQuery({ queryKey: keys.bases, queryFn: () => read(api.tune.bases.$get()) });

export const useDatasets = () => useQuery({ queryKey: keys.datasets, queryFn: () => read(api.tune.datasets.$get()) });

export const isOpen = ({ status }: Pick<RunJson, "status">): boolean => status === "queued" || status === "running";

/** Looked at again while one of them is on its way. */
export const useRuns = () =>
  useQuery({
    queryKey: keys.runs,
    queryFn: () => read(api.tune.runs.$get()),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.some(isOpen) ? 1500 : false),
  });

export const useAdapters = () =>
  useQuery({ queryKey: keys.adapters, queryFn: () => read(api.tune.adapters.$get()), staleTime: 0 });

export const useAdapter = (id: string | undefined) =>
  useQuery({
    queryKey: [...keys.adapters, id],
    queryFn: () => read(api.tune.adapters[":id"].$get({ param: { id: id! } })),
    enabled: id !== undefined,
  });

type PreviewRequest = Parameters<(typeof api.tune.datasets)[":id"]["preview"]["$post"]>[0]["json"];

export const usePreview = (
  dataset: string | undefined,
  options: (Omit<PreviewRequest, "template"> & { template: string }) | undefined,
) =>
  useQuery({
    queryKey: ["tune", "preview", dataset, options],
    queryFn: ({ signal }) =>
      read(
        api.tune.datasets[":id"].preview.$post(
          { param: { id: dataset! }, json: { ...options!, template: options!.template as PreviewRequest["template"] } },
          { init: { signal } },
        ),
      ),
    enabled: dataset !== undefined && options !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });

/** The recipe checked and counted; nothing is asked for without one. */
export const useForecast = (draft: Draft | undefined) =>
  useQuery({
    queryKey: ["tune", "forecast", draft],
    queryFn: ({ signal }) => read(api.tune.forecast.$post({ json: draft! }, { init: { signal } })),
    enabled: draft !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });

async function uploadDataset(file: File): Promise<DatasetResultJson> {
  const { results } = await postFile<{ results: DatasetResultJson[] }>("/api/tune/datasets", file);
  return results[0]!;
}

/** A change after which the lists named are asked for again. */
function useChange<In, Out>(change: (input: In) => Promise<Out>, ...lists: (keyof typeof keys)[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      for (const list of lists) void client.invalidateQueries({ queryKey: keys[list] });
    },
  });
}

export const useUploadDataset = () => useChange(uploadDataset, "datasets");
export const useSampleDataset = () => useChange(() => read(api.tune.datasets.sample.$post()), "datasets");
export const useDeleteDataset = () =>
  useChange((id: string) => read(api.tune.datasets[":id"].$delete({ param: { id } })), "datasets");
export const useSmallBase = () => useChange(() => read(api.tune.bases.small.$post({ json: {} })), "runs");
export const useStartRun = () => useChange((draft: Draft) => read(api.tune.runs.$post({ json: draft })), "runs");
export const useCancelRun = () =>
  useChange((id: string) => read(api.tune.runs[":id"].cancel.$post({ param: { id } })), "runs");
export const useResumeRun = () =>
  useChange((id: string) => read(api.tune.runs[":id"].resume.$post({ param: { id } })), "runs");
export const useDeleteRun = () =>
  useChange((id: string) => read(api.tune.runs[":id"].$delete({ param: { id } })), "runs");
export const useDeleteAdapter = () =>
  useChange((id: string) => read(api.tune.adapters[":id"].$delete({ param: { id } })), "adapters");

export const adapterDownloadUrl = (id: string): string => `/api/tune/adapters/${encodeURIComponent(id)}/download`;

/** A run with its curves, kept as they are on the server until the run has ended. */
export function useRun(id: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: [...keys.runs, id],
    queryFn: async (): Promise<RunEventJson> => {
      const param = { id };
      const [run, series] = await Promise.all([
        read(api.tune.runs[":id"].$get({ param })),
        read(api.tune.runs[":id"].metrics.$get({ param, query: {} })),
      ]);
      return { run, series };
    },
    staleTime: 0,
  });
  const moves = query.data !== undefined && isOpen(query.data.run);
  useEffect(() => {
    if (!moves) return;
    const source = new EventSource(`/api/tune/runs/${encodeURIComponent(id)}/events`);
    source.onmessage = ({ data }) => client.setQueryData([...keys.runs, id], JSON.parse(data));
    source.addEventListener("end", () => {
      source.close();
      for (const list of ["bases", "adapters"] as const) void client.invalidateQueries({ queryKey: keys[list] });
      void client.invalidateQueries({ queryKey: keys.runs, exact: true });
    });
    return () => source.close();
  }, [client, id, moves]);
  return query;
}

export const useSeries = (ids: readonly string[]) =>
  useQuery({
    queryKey: ["tune", "series", ids],
    queryFn: async () =>
      Object.fromEntries(
        await Promise.all(
          ids.map(async (id) => [
            id,
            await read(api.tune.runs[":id"].metrics.$get({ param: { id }, query: { points: "300" } })),
          ]),
        ),
      ) as Record<string, RunEventJson["series"]>,
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

export interface SideBySideQuestion {
  base: string;
  columns: (string | null)[];
  question: string;
  template: string;
  maxNewTokens: number;
  temperature: number;
}

/** Asks, and gives the events of all columns as they come. */
export const sideBySideEvents = (body: SideBySideQuestion, signal: AbortSignal) =>
  postForStream<SideBySideEventJson>("/api/tune/side-by-side", { body, what: "The answer", signal });
