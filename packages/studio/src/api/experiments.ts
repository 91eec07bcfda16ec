import type { ExperimentRunJson } from "@loam/server";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

export type Run = ExperimentRunJson;

const key = ["experiments"];
const liveMs = 2000;

export interface RunQuery {
  experiment?: string;
  filter?: string;
  order?: string;
  /** What lies beside the usual ones. */
  show?: "archived" | "deleted";
  page: number;
}

export const runsPerPage = 100;
const isMoving = ({ status }: Pick<Run, "status">): boolean => status === "running" || status === "queued";

export const useExperiments = () =>
  useQuery({ queryKey: [...key, "list"], queryFn: () => read(api.experiments.$get({ query: {} })) });

/** A page of runs, and how many there are in all. */
export const useRunPage = ({ experiment, filter, order, show, page }: RunQuery) =>
  useQuery({
    queryKey: [...key, "runs", { experiment, filter, order, show, page }],
    queryFn: async () => {
      const response = await api.runs.$get({
        query: {
          ...(experiment !== undefined && { experiment }),
          ...(filter && { filter }),
          ...(order && { order }),
          ...(show === "archived" && { archived: "only" as const }),
          ...(show === "deleted" && { deleted: "only" as const }),
          limit: String(runsPerPage),
          page: String(page),
        },
      });
      const total = Number(response.headers.get("X-Total-Count") ?? 0);
      return { runs: await read(response), total };
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.runs.some(isMoving) ? liveMs : false),
  });

export const useRunColumns = (experiment: string | undefined) =>
  useQuery({
    queryKey: [...key, "columns", experiment],
    queryFn: () => read(api.runs.columns.$get({ query: experiment === undefined ? {} : { experiment } })),
  });

export const useExperimentRun = (id: string) =>
  useQuery({
    queryKey: [...key, "run", id],
    queryFn: () => read(api.runs[":id"].$get({ param: { id } })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? liveMs : false),
  });

export const useExperimentRuns = (ids: readonly string[]) =>
  useQuery({
    queryKey: [...key, "several", ids],
    queryFn: () => Promise.all(ids.map((id) => read(api.runs[":id"].$get({ param: { id } })))),
    enabled: ids.length > 0,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.some(isMoving) ? liveMs : false),
  });

export type StoredCurve = NonNullable<ReturnType<typeof useCurves>["data"]>[number];

/** Curves of runs, all keys; while one of the runs goes on, as they grow. */
export const useCurves = (runs: readonly Pick<Run, "id" | "status">[]) =>
  useQuery({
    queryKey: [...key, "curves", runs.map(({ id }) => id)],
    queryFn: () => read(api.runs.series.$get({ query: { runs: runs.map(({ id }) => id).join(","), points: "800" } })),
    enabled: runs.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: runs.some(isMoving) ? liveMs : false,
  });

export const useRunMedia = (id: string) =>
  useQuery({ queryKey: [...key, "media", id], queryFn: () => read(api.runs[":id"].media.$get({ param: { id } })) });
export const useRunFiles = (id: string) =>
  useQuery({ queryKey: [...key, "files", id], queryFn: () => read(api.runs[":id"].files.$get({ param: { id } })) });

export type BulkChange =
  | { type: "tag"; tags: Record<string, string> }
  | { type: "archive" | "unarchive" | "delete" | "restore" };

export function useBulkChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ ids, change }: { ids: string[]; change: BulkChange }) =>
      read(api.runs.bulk.$post({ json: { ids, change } })),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
}

export const runExportUrl = (id: string, format: "csv" | "json" | "parquet" | "tensorboard"): string =>
  `/api/runs/${encodeURIComponent(id)}/export?format=${format}`;

const sweepsKey = ["sweeps"];
export const useSweeps = () =>
  useQuery({ queryKey: sweepsKey, queryFn: () => read(api.sweeps.$get({ query: {} })), staleTime: 0 });
export const useSweep = (id: string) =>
  useQuery({
    queryKey: [...sweepsKey, id],
    queryFn: () => read(api.sweeps[":id"].$get({ param: { id } })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? liveMs : false),
  });
export type Sweep = NonNullable<ReturnType<typeof useSweep>["data"]>;

export function useCreateSweep() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sweep: { project: string; config: Record<string, unknown> }) =>
      read(api.sweeps.$post({ json: sweep })),
    onSuccess: () => client.invalidateQueries({ queryKey: sweepsKey }),
  });
}

export function useChangeSweep(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (verb: "start" | "pause" | "stop") => read(api.sweeps[":id"][verb].$post({ param: { id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: sweepsKey }),
  });
}

const registryKey = ["registry"];
export const useRegistry = () =>
  useQuery({ queryKey: registryKey, queryFn: () => read(api.registry.$get({ query: {} })), staleTime: 0 });
export const useRegistryEntry = (name: string) =>
  useQuery({
    queryKey: [...registryKey, name],
    queryFn: async () => {
      const param = { name };
      const [entry, events] = await Promise.all([
        read(api.registry[":name"].$get({ param })),
        read(api.registry[":name"].events.$get({ param })),
      ]);
      return { entry, events };
    },
    staleTime: 0,
  });

export function usePromote(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (to: { version: number; alias?: string; stage?: string; comment?: string }) =>
      read(api.registry[":name"].promote.$post({ param: { name }, json: to })),
    onSuccess: () => client.invalidateQueries({ queryKey: registryKey }),
  });
}

export function useRegister() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, source, runId }: { name: string; source?: string; runId?: string }) => {
      const known = await read(api.registry.$get({ query: {} }));
      if (!known.some((entry) => entry.name === name))
        await read(api.registry.$post({ json: { name, kind: "model" } }));
      return await read(api.registry[":name"].versions.$post({ param: { name }, json: { source, runId } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: registryKey }),
  });
}

const reportsKey = ["reports"];
export const useReports = () =>
  useQuery({ queryKey: reportsKey, queryFn: () => read(api.reports.$get({ query: {} })), staleTime: 0 });
export const useReport = (id: string) =>
  useQuery({
    queryKey: [...reportsKey, id],
    queryFn: () => read(api.reports[":id"].$get({ param: { id }, query: {} })),
    staleTime: 0,
  });

export interface ReportText {
  title: string;
  markdown: string;
}
export function useSaveReport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...text }: ReportText & { id?: string }) =>
      id === undefined
        ? read(api.reports.$post({ json: text }))
        : read(api.reports[":id"].$patch({ param: { id }, json: text })),
    onSuccess: () => client.invalidateQueries({ queryKey: reportsKey }),
  });
}
export function useDeleteReport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.reports[":id"].$delete({ param: { id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: reportsKey }),
  });
}
