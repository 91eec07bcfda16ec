import type { ClipSetResultJson, VideoRunEventJson, VideoRunJson } from "@loam/server";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, postFile, read } from "./client.ts";

/** A recipe of `loam video train`, in which `output` is the name of the model to be. */
export type VideoDraft = Record<string, unknown>;

const runsKey = ["video-training"];
const training = api["video-training"];

export const isOpen = ({ status }: Pick<VideoRunJson, "status">): boolean =>
  status === "queued" || status === "running";

export const useVideoRecipeSchema = () =>
  useQuery({
    queryKey: [...runsKey, "schema"],
    queryFn: () => read(training.schema.$get()),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Looked at again while one of them is on its way. */
export const useVideoRuns = () =>
  useQuery({
    queryKey: [...runsKey, "list"],
    queryFn: () => read(training.$get()),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.some(isOpen) ? 1500 : false),
  });

/** The recipe checked and counted; nothing is asked for without one. */
export const useVideoForecast = (draft: VideoDraft | undefined) =>
  useQuery({
    queryKey: [...runsKey, "forecast", draft],
    queryFn: ({ signal }) => read(training.forecast.$post({ json: draft! }, { init: { signal } })),
    enabled: draft !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });

function useChange<In, Out>(change: (input: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: runsKey }) });
}

export const useStartVideoRun = () => useChange((draft: VideoDraft) => read(training.$post({ json: draft })));
export const useCancelVideoRun = () => useChange((id: string) => read(training[":id"].cancel.$post({ param: { id } })));
export const useResumeVideoRun = () => useChange((id: string) => read(training[":id"].resume.$post({ param: { id } })));
/** Sets of clips with captions that were added to train on. */
export const useClipSets = () =>
  useQuery({ queryKey: [...runsKey, "clips"], queryFn: () => read(training.clips.$get()) });
export const useUploadClips = () =>
  useChange(async (file: File) => {
    const { results } = await postFile<{ results: ClipSetResultJson[] }>("/api/video-training/clips", file);
    return results[0]!;
  });
export const useDeleteClipSet = () =>
  useChange((set: string) => read(training.clips[":set"].$delete({ param: { set } })));

/** Deletes a model that was trained here; its training stays on record. */
export function useDeleteVideoModel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => read(training.models[":name"].$delete({ param: { name } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["video-models"] });
      await client.invalidateQueries({ queryKey: runsKey });
    },
  });
}
export const useDeleteVideoRun = () => useChange((id: string) => read(training[":id"].$delete({ param: { id } })));

/** A training with its curves and samples, kept as they are on the server until it has ended. */
export function useVideoRun(id: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: [...runsKey, "run", id],
    queryFn: async (): Promise<VideoRunEventJson> => {
      const param = { id };
      const [run, series] = await Promise.all([
        read(training[":id"].$get({ param })),
        read(training[":id"].metrics.$get({ param })),
      ]);
      return { run, series };
    },
    staleTime: 0,
  });
  const moves = query.data !== undefined && isOpen(query.data.run);
  useEffect(() => {
    if (!moves) return;
    const source = new EventSource(`/api/video-training/${encodeURIComponent(id)}/events`);
    source.onmessage = ({ data }) => client.setQueryData([...runsKey, "run", id], JSON.parse(data));
    source.addEventListener("end", () => {
      source.close();
      void client.invalidateQueries({ queryKey: [...runsKey, "list"] });
      void client.invalidateQueries({ queryKey: ["video-models"] });
    });
    return () => source.close();
  }, [client, id, moves]);
  return query;
}
